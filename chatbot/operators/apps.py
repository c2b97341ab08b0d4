from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OperatorsConfig(AppConfig):
    name = "chatbot.operators"
    label = "operators"
    verbose_name = _("Inbox")

    def ready(self) -> None:
        """Register the kinds of act that this app records, and hear of events for webhooks."""
        from chatbot.conversations import events
        from chatbot.operators import program_acts  # noqa: F401
        from chatbot.operators.nudges import nudge_for

        events.call_after_each(nudge_for)
