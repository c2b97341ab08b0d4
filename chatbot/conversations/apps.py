from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConversationsConfig(AppConfig):
    name = "chatbot.conversations"
    label = "conversations"
    verbose_name = _("Conversations")

    def ready(self) -> None:
        """Register the kinds of act that this app records."""
        from chatbot.conversations import actions  # noqa: F401
