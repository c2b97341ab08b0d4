"""A clock that tests set."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone


class Clock:
    """What `timezone.now()` says until the end of a test."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def pass_by(self, **time: float) -> None:
        """Let some time pass."""
        self.now += timedelta(**time)


def stopped_clock(monkeypatch: pytest.MonkeyPatch, now: datetime) -> Clock:
    """Return a clock that stands at `now` and that the product goes by."""
    clock = Clock(now)
    monkeypatch.setattr(timezone, "now", lambda: clock.now)
    return clock
