from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkshopConfig(AppConfig):
    name = "chatbot.workshop"
    verbose_name = _("Workshop")

    def ready(self) -> None:
        """Make the acts around the workshop known to the audit record."""
        from chatbot.workshop.exports import actions as export_actions  # noqa: F401
        from chatbot.workshop.jobs import actions  # noqa: F401
