"""The workshop in the admin; each page registers itself."""

from chatbot.workshop.admin import rollout
from chatbot.workshop.admin.blind_votes import BlindVoteAdmin
from chatbot.workshop.admin.consent import ConversationConsentAdmin
from chatbot.workshop.admin.data_sets import DataSetAdmin
from chatbot.workshop.admin.evaluations import EvaluationAdmin
from chatbot.workshop.admin.exports import ExportAdmin
from chatbot.workshop.admin.jobs import WorkshopJobAdmin
from chatbot.workshop.admin.versions import DataSetVersionAdmin

__all__ = [
    "BlindVoteAdmin",
    "ConversationConsentAdmin",
    "DataSetAdmin",
    "DataSetVersionAdmin",
    "EvaluationAdmin",
    "ExportAdmin",
    "WorkshopJobAdmin",
    "rollout",
]
