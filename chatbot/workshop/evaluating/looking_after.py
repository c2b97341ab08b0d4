"""Evaluations whose worker died begin anew, and the next in line is begun."""

import logging
from pathlib import Path

from django.conf import settings

from chatbot.workshop.evaluating.asking import TASK
from chatbot.workshop.models import DataSetVersion, Evaluation
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
    _forget_erased()
    tell_of_next()


def _forget_erased() -> None:
    """Remove what examples said that come from conversations which were erased; the figures stay."""
    gone = Evaluation.objects.filter(data__isnull=False).exclude(data__in=DataSetVersion.objects.usable())
    for evaluation in gone:
        evaluation.per_example.unlink(missing_ok=True)


def tell_of_next() -> None:
    """Tell the worker of the next evaluation in line, unless something trains or is measured."""
    following = Evaluation.objects.in_line().first()
    if following is not None and training_at_work() is None:
        tell_worker(TASK, following.public_id)
