"""How many conversations are answered at once, and when those beyond that shall come back.

Whoever is taken in gets the first words as soon as somebody who is alone; everybody else hears so at once,
with an honest time: what the last answers took, and how many were sent away before and come back first.
"""

import math
import threading
import time
from collections import deque
from collections.abc import Set
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import Avg, F
from django.utils import timezone

from chatbot.conversations.models import Message

_USUAL_SECONDS = 10.0
_LONGEST_WAIT_SECONDS = 60
# So many answers tell how long one takes at the moment.
_SAMPLE = 20
# A crowd is refused by what was seen so long ago, without a look at the database for each of its members.
_LOOK_SECONDS = 0.1


class ReturnTimes:
    """When those who were sent away by this process come back: one after the other, as places become free."""

    def __init__(self) -> None:
        self._promised: deque[float] = deque()
        self._lock = threading.Lock()

    def next(self, seconds_a_place: float) -> int:
        """Return in how many seconds the next one shall come back, from 1 to 60."""
        now = time.monotonic()
        with self._lock:
            while self._promised and self._promised[0] <= now:
                self._promised.popleft()
            wait = min(_LONGEST_WAIT_SECONDS, math.ceil(seconds_a_place * (len(self._promised) + 1)))
            self._promised.append(now + wait)
        return max(1, wait)


@dataclass(frozen=True, slots=True)
class _Look:
    """What a look at the database told when there was no room."""

    holds_until: float = 0.0
    answered: Set[str] = frozenset()
    seconds_a_place: float = 0.0


_return_times = ReturnTimes()
_last_look = _Look()


def forget() -> None:
    """Forget what was seen and promised, as a process does that has only just begun."""
    global _last_look, _return_times
    _last_look, _return_times = _Look(), ReturnTimes()


def seconds_as_last_seen(conversation_id: str) -> int | None:
    """Return when to ask again if there was no room a moment ago, else None; without the database."""
    look = _last_look
    if time.monotonic() >= look.holds_until or conversation_id in look.answered:
        return None
    return _return_times.next(look.seconds_a_place)


def seconds_until_room(conversation_id: str) -> int | None:
    """Return when to ask again for an answer in this conversation, None when there is room for it now.

    A conversation that waits for an answer already takes no further place: its answers come one by one. The
    query needs no lock, so that a refusal is quick while others write.
    """
    global _last_look
    recently = timezone.now() - timedelta(hours=1)
    unanswered = Message.objects.unfinished().filter(created_at__gt=recently)
    waiting = list(unanswered.values_list("conversation__public_id", flat=True)[: settings.REPLY_QUEUE_LIMIT])
    others = set(waiting) - {conversation_id}
    if len(waiting) < settings.REPLY_QUEUE_LIMIT and len(others) < settings.REPLY_CONCURRENCY:
        return None
    seconds_a_place = _answer_seconds() / settings.REPLY_CONCURRENCY
    _last_look = _Look(time.monotonic() + _LOOK_SECONDS, frozenset(waiting), seconds_a_place)
    return _return_times.next(seconds_a_place)


def _answer_seconds() -> float:
    """Return how long the last answers took, from question to end."""
    answers = Message.objects.filter(author=Message.Author.ASSISTANT, finished_at__isnull=False)
    last = answers.order_by("-finished_at").values("finished_at", "created_at")[:_SAMPLE]
    taken = last.aggregate(mean=Avg(F("finished_at") - F("created_at")))["mean"]
    return taken.total_seconds() if taken is not None else _USUAL_SECONDS
