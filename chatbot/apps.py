from django.apps import AppConfig

from chatbot.checks import register_checks


class ChatbotConfig(AppConfig):
    name = "chatbot"

    def ready(self) -> None:
        # Whoever leaves a task for the worker needs to know its queue.
        import chatbot.celery  # noqa: F401

        register_checks()
