from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PromptsConfig(AppConfig):
    name = "chatbot.prompts"
    verbose_name = _("Prompts")

    def ready(self) -> None:
        """Register the kinds of act that this app records."""
        from chatbot.prompts import actions  # noqa: F401
