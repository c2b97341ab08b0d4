"""Votes whose worker died while it wrote answers begin anew, and the next in line is begun."""

import logging
from pathlib import Path

from django.conf import settings

from chatbot.workshop.models import BlindVote
from chatbot.workshop.voting.asking import TASK
from inference.private_folders import forget_folders
from inference.single_jobs import training_at_work
from inference.telling_worker import tell_worker

logger = logging.getLogger(__name__)


def look_after() -> None:
    """Set aside votes whose worker died, remove what they left, and see that the next one is begun."""
    for vote in BlindVote.objects.abandoned():
        logger.warning("the answers of the blind vote %s stood still: their worker is gone", vote.public_id)
        vote.set_aside()
    at_work = set(BlindVote.objects.unfinished().values_list("public_id", flat=True))
    forget_folders(Path(settings.WORKSHOP_DIR) / "voting", at_work)
    tell_of_next()


def tell_of_next() -> None:
    """Tell the worker of the next vote in line, unless something trains or is measured."""
    following = BlindVote.objects.in_line().first()
    if following is not None and training_at_work() is None:
        tell_worker(TASK, following.public_id)
