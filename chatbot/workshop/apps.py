"""The workshop: a better or smaller model, made of a company's own conversations, measured and rolled out."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkshopConfig(AppConfig):
    name = "chatbot.workshop"
    verbose_name = _("Workshop")

    def ready(self) -> None:
        """Make known the acts that are recorded, and stand at the gate of the models."""
        from chatbot.workshop.data_sets import actions  # noqa: F401
        from chatbot.workshop.evaluating import actions as acts_on_evaluations  # noqa: F401
        from chatbot.workshop.exports import actions as acts_on_exports  # noqa: F401
        from chatbot.workshop.gate import actions as acts_at_the_gate  # noqa: F401
        from chatbot.workshop.gate import judging
        from chatbot.workshop.jobs import actions as acts_on_jobs  # noqa: F401
        from chatbot.workshop.voting import actions as acts_on_votes  # noqa: F401
        from inference.gates import guard
        from inference.models import ModelKind

        guard(ModelKind.LANGUAGE, judging.verdict_on)
        guard(ModelKind.ENCODER, judging.verdict_on)
