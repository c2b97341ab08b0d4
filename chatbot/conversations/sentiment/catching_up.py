"""Messages without a score: they came while no classifier was there, or before there was one."""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone

from chatbot.conversations.sentiment import scoring
from chatbot.conversations.sentiment.classifiers import Classifier, patient_classifiers
from inference.classifying import ClassifierUnavailable

_AT_A_TIME = 32
# Younger messages are the web process's, which has them in its hands.
_YOUNGEST = timedelta(seconds=10)


def score_left_over(seconds: float, make: Callable[[], Classifier] = patient_classifiers) -> int:
    """Score the newest messages that lack it until none is left or the time is over; return how many.

    After each batch it rests as long as the batch took, since visitors wait for the same model server. It
    ends without a word while no classifier is there: the next time may find one.
    """
    end, count = time.monotonic() + seconds, 0
    while (began := time.monotonic()) < end:
        batch = scoring.left_over(_AT_A_TIME, timezone.now() - _YOUNGEST)
        if not batch.messages:
            break
        try:
            verdicts = asyncio.run(scoring.ask(batch, make))
        except ClassifierUnavailable:
            break
        count += scoring.store(batch, verdicts)
        time.sleep(max(0.0, min(time.monotonic() - began, end - time.monotonic())))
    return count
