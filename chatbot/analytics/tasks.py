"""What the worker does for analytics."""

from celery import shared_task
from django.utils import translation

from chatbot.analytics import refreshing
from chatbot.analytics.documents import noting
from chatbot.analytics.topics import finding


@shared_task(name="chatbot.analytics.tasks.refresh_figures")
def refresh_figures() -> None:
    """Bring the daily figures up to date; running it twice at once counts nothing twice."""
    refreshing.refresh()


@shared_task(name=finding.TASK)
def find_topics(run_id: int, language: str) -> None:
    """Find a site's topics; what the run tells is in `language`."""
    with translation.override(language):
        finding.carry_out(run_id)


@shared_task(name="chatbot.analytics.tasks.find_all_topics")
def find_all_topics() -> None:
    """Ask for the topics of every site."""
    finding.ask_for_all()


@shared_task(name="chatbot.analytics.tasks.note_document_uses")
def note_document_uses() -> None:
    """Note which documents the newest answers rest on."""
    noting.note_new_uses()
