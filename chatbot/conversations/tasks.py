"""What the worker does for conversations."""

from celery import shared_task
from django.utils import translation

from chatbot.conversations import regression


@shared_task(name=regression.TASK)
def run_regression(run_id: int, language: str) -> None:
    """Put a version of a prompt to the site's test cases; what it tells is in `language`."""
    with translation.override(language):
        regression.carry_out(run_id)
