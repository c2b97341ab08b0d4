"""What becomes of work on data sets whose worker died, and of what the worker was not told."""

import logging
from datetime import timedelta

from django.utils import timezone

from chatbot.workshop.data_sets import jobs
from chatbot.workshop.models import DataJob

logger = logging.getLogger(__name__)

_EXPIRES = timedelta(minutes=1)


def look_after() -> list[str]:
    """End the jobs whose worker died, take back what they left, and return those that wait in vain."""
    for job in DataJob.objects.abandoned().select_related("data_set"):
        logger.warning("work %s on a data set stood still: its worker is gone", job)
        jobs.tidy(job)
        job.end(DataJob.State.CANCELLED if job.cancel_requested else DataJob.State.FAILED, "abandoned")
    late = timezone.now() - _EXPIRES
    waiting = DataJob.objects.filter(state=DataJob.State.WAITING, created_at__lt=late)
    return list(waiting.values_list("public_id", flat=True))


def cancel(job: DataJob) -> None:
    """Ask the worker to stop; a job that only waits ends at once, with what it was to read."""
    job.cancel()
    job.refresh_from_db()
    if job.state == DataJob.State.CANCELLED:
        jobs.tidy(job)
