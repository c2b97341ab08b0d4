"""Scoring the messages of the last days anew, such as after another head was activated."""

import logging
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

from django.db import IntegrityError, transaction

from accounts.models import User
from chatbot.analytics.models import Rescoring
from chatbot.conversations.models import Message
from chatbot.conversations.sentiment.scoring import score_again
from inference.classifying import ClassifierUnavailable
from inference.models import LanguageModelVersion, ModelKind
from inference.single_jobs import TakenOver
from inference.telling_worker import tell_worker

logger = logging.getLogger(__name__)

TASK = "chatbot.analytics.labelling.tasks.run_rescoring"
MOST_DAYS = 365
State = Rescoring.State
_BATCH = 32
_PAUSE_SECONDS = 3.0
_PATIENCE = 10


class NothingToScore(Exception):
    """No head is active, or such a job waits or is at work already."""


def ask(days: int, *, by: User | None) -> Rescoring:
    """Ask the worker to score the visitors' messages of the last `days` with the active head.

    Corrections stay. Raises NothingToScore.
    """
    head = LanguageModelVersion.objects.active(ModelKind.SENTIMENT)
    if head is None or Rescoring.objects.unfinished().exists():
        raise NothingToScore
    try:
        with transaction.atomic():
            job = Rescoring.objects.create(
                days=days, head_name=head.display_name, asked_by=by, message="waiting"
            )
            transaction.on_commit(partial(tell_worker, TASK, job.public_id))
    except IntegrityError:
        raise NothingToScore from None
    return job


def carry_out(
    job: Rescoring,
    score: Callable[[Sequence[int]], int] = score_again,
    pause_seconds: float = _PAUSE_SECONDS,
) -> None:
    """Do a claimed job and store how it ended; raises nothing. What this head has scored is left alone.

    A model server that is busy is asked again after a pause, and given up after _PATIENCE times in a row.
    """
    since = job.created_at - timedelta(days=job.days)
    messages = Message.objects.filter(
        author=Message.Author.VISITOR, created_at__gte=since, created_at__lte=job.created_at
    ).exclude(sentiment__head=job.head_name)
    try:
        wanted = list(messages.order_by("-pk").values_list("pk", flat=True))
        done = refused = 0
        while True:
            if job.store(done=done, total=len(wanted), message="scoring"):
                job.end(State.CANCELLED, "cancelled")
                return
            if done == len(wanted):
                break
            try:
                score(wanted[done : done + _BATCH])
            except ClassifierUnavailable:
                refused += 1
                if refused == _PATIENCE:
                    raise
                time.sleep(pause_seconds)
            else:
                done, refused = min(done + _BATCH, len(wanted)), 0
        job.end(State.DONE, "scored")
    except TakenOver:
        logger.warning("scoring again %s is not this worker's any more", job)
    except ClassifierUnavailable:
        job.end(State.FAILED, "classifier_away")
    except Exception:
        logger.exception("scoring again %s failed", job)
        job.end(State.FAILED, "crashed")


def look_after_rescorings() -> list[str]:
    """End the jobs whose worker died, and return those that wait in vain."""
    for job in Rescoring.objects.abandoned():
        job.end(State.FAILED, "abandoned")
    return Rescoring.objects.waiting_in_vain()
