"""The workshop in the admin; each page registers itself."""

from chatbot.workshop.admin.exports import ExportAdmin
from chatbot.workshop.admin.jobs import WorkshopJobAdmin

__all__ = ["ExportAdmin", "WorkshopJobAdmin"]
