"""What the worker does for exports."""

from celery import shared_task

from chatbot.workshop.exports.asking import TASK
from chatbot.workshop.exports.keeping import look_after_exports
from chatbot.workshop.exports.running import carry_out
from chatbot.workshop.models import Export
from inference.telling_worker import tell_worker


@shared_task(name=TASK)
def run_export(public_id: str) -> None:
    """Write an export; asked twice, it is done once."""
    if (export := Export.objects.claim(public_id)) is not None:
        carry_out(export)
        tell_of_waiting()


@shared_task(name="chatbot.workshop.exports.tasks.look_after")
def look_after() -> None:
    """End what a dead worker left, delete what is old, and send again what got lost."""
    for public_id in look_after_exports():
        tell_worker(TASK, public_id)


def tell_of_waiting() -> None:
    """Tell the worker of the export that was asked for first."""
    following = Export.objects.filter(state=Export.State.WAITING).order_by("pk").first()
    if following is not None:
        tell_worker(TASK, following.public_id)
