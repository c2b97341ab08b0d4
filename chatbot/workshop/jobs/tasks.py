"""What the worker does for jobs of the workshop."""

from celery import shared_task

from chatbot.workshop.jobs.asking import TASK
from chatbot.workshop.jobs.looking_after import look_after, tell_of_next
from chatbot.workshop.jobs.running import carry_out
from chatbot.workshop.models import WorkshopJob


@shared_task(name=TASK)
def run_job(public_id: str) -> None:
    """Do the next job in line, this one or one that was asked for before; asked twice, it is done once."""
    if (job := WorkshopJob.objects.claim_next()) is not None:
        carry_out(job)
        tell_of_next()


@shared_task(name="chatbot.workshop.jobs.tasks.look_after_jobs")
def look_after_jobs() -> None:
    """Go on with what a dead worker left, and send again what got lost."""
    look_after()
