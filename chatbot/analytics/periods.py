"""Days of a site's own clock, and spans of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from django.utils import timezone

from accounts.models import Site
from chatbot.conversations.models import HandoffSettings


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `first` to `last`, both included; raises ValueError where `last` is before `first`."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError("A period ends on the day on which it begins, or later.")

    @classmethod
    def ending(cls, last: date, days: int) -> Self:
        """Return the period of so many days of which `last` is the last one."""
        return cls(last - timedelta(days=days - 1), last)

    def __iter__(self) -> Iterator[date]:
        """Yield each day, the first one first."""
        return (self.first + timedelta(days=number) for number in range(len(self)))

    def __len__(self) -> int:
        """Return the number of days."""
        return (self.last - self.first).days + 1

    def before(self) -> "Period":
        """Return the period of as many days that ends on the day before this one."""
        return Period.ending(self.first - timedelta(days=1), len(self))

    def moments(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Return the moment when the period begins in the zone, and the first moment after it."""
        return _midnight(self.first, zone), _midnight(self.last + timedelta(days=1), zone)


def clock_of(site: Site) -> ZoneInfo:
    """Return the clock by which the site's days are counted: that of its hand-off settings.

    A site that has saved none lives by the installation's TIME_ZONE.
    """
    return HandoffSettings.objects.clock_of(site.pk)


def today(site: Site, now: datetime | None = None) -> date:
    """Return which day it is on the site's clock."""
    return (now or timezone.now()).astimezone(clock_of(site)).date()


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return when the day begins: in zones that change their clocks at midnight it may be one o'clock."""
    return datetime.combine(day, time.min, zone).astimezone(UTC)
