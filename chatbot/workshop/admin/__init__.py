"""The workshop in the admin; each page registers itself."""

from chatbot.workshop.admin.consent import ConversationConsentAdmin
from chatbot.workshop.admin.data_sets import DataSetAdmin
from chatbot.workshop.admin.jobs import WorkshopJobAdmin
from chatbot.workshop.admin.versions import DataSetVersionAdmin

__all__ = ["ConversationConsentAdmin", "DataSetAdmin", "DataSetVersionAdmin", "WorkshopJobAdmin"]
