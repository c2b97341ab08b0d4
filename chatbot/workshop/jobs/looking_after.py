"""Jobs whose worker died are put back into the line, and what nobody needs any more is removed."""

import logging

from chatbot.workshop.jobs import folders
from chatbot.workshop.jobs.asking import TASK
from chatbot.workshop.models import WorkshopJob
from inference.single_jobs import training_at_work
from inference.telling_worker import tell_worker

logger = logging.getLogger(__name__)


def look_after() -> None:
    """Set aside the jobs whose worker died, remove left folders, and see that the next in line is begun.

    A job of which nothing is heard, while somebody holds its folder, is left alone: its worker is slow, or
    its program has not noticed yet that nobody listens.
    """
    for job in WorkshopJob.objects.standing_still():
        if not folders.is_held(job):
            logger.warning("job %s stood still: its worker is gone", job)
            job.set_aside()
    folders.forget_finished()
    tell_of_next()


def tell_of_next() -> None:
    """Tell the worker of the next job in line, unless a training is at work."""
    following = WorkshopJob.objects.in_line().first()
    if following is not None and training_at_work() is None:
        tell_worker(TASK, following.public_id)
