"""What the worker does for data sets."""

from celery import shared_task

from chatbot.workshop.data_sets import asking, jobs, looking_after
from chatbot.workshop.models import DataJob
from inference.telling_worker import tell_worker


@shared_task(name=asking.TASK)
def run_data_job(public_id: str) -> None:
    """Do a piece of work on a data set; asked twice, it is done once."""
    if (job := DataJob.objects.claim(public_id)) is not None:
        jobs.carry_out(job)


@shared_task(name="chatbot.workshop.data_sets.tasks.look_after_data_sets")
def look_after_data_sets() -> None:
    """End what a dead worker left, and send again what got lost."""
    for public_id in looking_after.look_after():
        tell_worker(asking.TASK, public_id)
