from django.apps import AppConfig

from chatbot.checks import register_checks


class ChatbotConfig(AppConfig):
    name = "chatbot"

    def ready(self) -> None:
        register_checks()
