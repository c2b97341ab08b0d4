from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class KnowledgeConfig(AppConfig):
    name = "chatbot.knowledge"
    verbose_name = _("Knowledge")

    def ready(self) -> None:
        """Make the acts around knowledge known to the audit record."""
        from chatbot.knowledge import actions  # noqa: F401
