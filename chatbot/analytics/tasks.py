"""What the worker does for analytics."""

from celery import shared_task
from django.utils import translation

from chatbot.analytics.topics import finding


@shared_task(name=finding.TASK)
def find_topics(run_id: int, language: str) -> None:
    """Find a site's topics; what the run tells is in `language`."""
    with translation.override(language):
        finding.carry_out(run_id)


@shared_task(name="chatbot.analytics.tasks.find_all_topics")
def find_all_topics() -> None:
    """Ask for the topics of every site."""
    finding.ask_for_all()
