from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConversationsConfig(AppConfig):
    name = "chatbot.conversations"
    label = "conversations"
    verbose_name = _("Conversations")

    def ready(self) -> None:
        """Register the kinds of act that this app records, and hear of messages that are to be scored."""
        from chatbot.conversations import actions, events  # noqa: F401
        from chatbot.conversations.sentiment.arrivals import arrivals

        events.call_after_each(arrivals.note)
