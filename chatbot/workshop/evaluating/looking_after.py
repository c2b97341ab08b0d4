"""Evaluations whose worker died begin anew, and the next in line is begun."""

import logging
from pathlib import Path

from django.conf import settings

from chatbot.workshop.evaluating.asking import TASK
from chatbot.workshop.models import Evaluation
from inference.private_folders import forget_folders
from inference.single_jobs import training_at_work
from inference.telling_worker import tell_worker

logger = logging.getLogger(__name__)


def look_after() -> None:
    """Set aside evaluations whose worker died, remove what they left, and see that the next one is begun."""
    for evaluation in Evaluation.objects.abandoned():
        logger.warning("evaluation %s stood still: its worker is gone", evaluation)
        evaluation.set_aside()
    at_work = set(Evaluation.objects.unfinished().values_list("public_id", flat=True))
    forget_folders(Path(settings.WORKSHOP_DIR) / "evaluating", at_work)
    tell_of_next()


def tell_of_next() -> None:
    """Tell the worker of the next evaluation in line, unless something trains or is measured."""
    following = Evaluation.objects.in_line().first()
    if following is not None and training_at_work() is None:
        tell_worker(TASK, following.public_id)
