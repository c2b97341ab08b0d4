"""What the worker does for conversations."""

from celery import shared_task
from django.utils import translation

from chatbot.conversations import regression
from chatbot.conversations.sentiment.catching_up import score_left_over

# Less than the time between two of these tasks, so that no two are at work at once.
_SCORING_SECONDS = 15.0


@shared_task(name=regression.TASK)
def run_regression(run_id: int, language: str) -> None:
    """Put a version of a prompt to the site's test cases; what it tells is in `language`."""
    with translation.override(language):
        regression.carry_out(run_id)


@shared_task(name="chatbot.conversations.tasks.score_left_over")
def score_messages() -> None:
    """Score visitors' messages that have no sentiment yet, the newest first."""
    score_left_over(_SCORING_SECONDS)
