from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OperatorsConfig(AppConfig):
    name = "chatbot.operators"
    label = "operators"
    verbose_name = _("Inbox")

    def ready(self) -> None:
        from chatbot.operators import acts  # noqa: F401  registers the kinds of act
