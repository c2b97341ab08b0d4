"""How long to wait before something that failed is tried again."""

import random
from datetime import timedelta

_FIRST_PAUSE = timedelta(seconds=10)
_LONGEST_PAUSE = timedelta(hours=4)


def pause_after(attempts: int, jitter: float | None = None) -> timedelta:
    """Return how long to wait after so many failed attempts: 10 s, then three times as long each, up to 4 h.

    `jitter` from 0 to 1 makes that a fifth shorter to a fifth longer, so that receivers that come back are
    not met by everything at once; None takes it from chance.
    """
    pause = min(_FIRST_PAUSE * 3 ** min(attempts - 1, 20), _LONGEST_PAUSE)
    return pause * (0.8 + 0.4 * (random.random() if jitter is None else jitter))
