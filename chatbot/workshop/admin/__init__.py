"""The workshop in the admin; each page registers itself."""

from chatbot.workshop.admin.blind_votes import BlindVoteAdmin
from chatbot.workshop.admin.evaluations import EvaluationAdmin
from chatbot.workshop.admin.jobs import WorkshopJobAdmin

__all__ = ["BlindVoteAdmin", "EvaluationAdmin", "WorkshopJobAdmin"]
