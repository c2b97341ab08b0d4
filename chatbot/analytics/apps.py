from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AnalyticsConfig(AppConfig):
    name = "chatbot.analytics"
    verbose_name = _("Analytics")

    def ready(self) -> None:
        """Make the acts that this app records known to the audit record."""
        from chatbot.analytics import watching_acts  # noqa: F401
        from chatbot.analytics.dashboard import acts  # noqa: F401
        from chatbot.analytics.labelling import actions  # noqa: F401
        from chatbot.analytics.topics import acts as acts_on_topics  # noqa: F401
