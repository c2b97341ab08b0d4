from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkshopConfig(AppConfig):
    name = "chatbot.workshop"
    verbose_name = _("Workshop")

    def ready(self) -> None:
        """Make known the acts that are recorded, and stand at the gate of the models."""
        from chatbot.workshop.gate import actions, judging  # noqa: F401
        from inference.gates import guard
        from inference.models import ModelKind

        guard(ModelKind.LANGUAGE, judging.verdict_on)
        guard(ModelKind.ENCODER, judging.verdict_on_encoder)
