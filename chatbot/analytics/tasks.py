"""What the worker does for analytics."""

from celery import shared_task

from chatbot.analytics import refreshing


@shared_task(name="chatbot.analytics.tasks.refresh_figures")
def refresh_figures() -> None:
    """Bring the daily figures up to date; running it twice at once counts nothing twice."""
    refreshing.refresh()
