"""What the worker does for a canary."""

from celery import shared_task

from chatbot.workshop.canary import watching


@shared_task(name="chatbot.workshop.canary.tasks.watch_canary")
def watch_canary() -> None:
    """Take the canary back where it is worse; running it twice at once takes back and tells once."""
    watching.look()
