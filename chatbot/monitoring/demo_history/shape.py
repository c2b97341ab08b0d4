"""When the conversations of the demo history begin: by weekday and hour, with growth and one bad day."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

# How much is said on a weekday beginning with Monday, and in an hour of the site's clock beginning with 0:00.
_WEEKDAYS = (1.25, 1.15, 1.05, 1.0, 0.95, 0.55, 0.45)
_HOURS = (1, 1, 0.5, 0.5, 0.5, 1, 2, 4, 7, 10, 11, 10, 8, 9, 10, 9, 8, 7, 6, 6, 5, 4, 3, 2)
# From the first day to the last.
_GROWTH = 1.8
_BAD_DAYS_AGO = 17
_OUTAGE = (time(11), time(15))
# People who get no answer ask again, and others wonder.
_CROWD = 2.5
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Outage:
    """The hours in which answers fail or come late, and people are angry."""

    begins: datetime
    ends: datetime

    def holds(self, moment: datetime) -> bool:
        """Tell whether `moment` is within."""
        return self.begins <= moment < self.ends


def outage_before(now: datetime, zone: ZoneInfo) -> Outage:
    """Return the outage of a history that ends at `now`: midday of a weekday some two weeks ago."""
    day = now.astimezone(zone).date() - timedelta(days=_BAD_DAYS_AGO)
    while day.weekday() > 4:
        day -= timedelta(days=1)
    return Outage(*(datetime.combine(day, hour, zone) for hour in _OUTAGE))


def beginnings(
    count: int, days: int, now: datetime, zone: ZoneInfo, rng: random.Random
) -> Sequence[datetime]:
    """Return `count` moments of the last `days` days up to `now`, in order, as the site's clock has them."""
    outage = outage_before(now, zone)
    today = now.astimezone(zone).date()
    hours: list[datetime] = []
    weights: list[float] = []
    for number in range(days):
        day = today - timedelta(days=days - 1 - number)
        grown = 1 + (_GROWTH - 1) * number / max(days - 1, 1)
        # No two Mondays are alike.
        daily = _WEEKDAYS[day.weekday()] * grown * rng.uniform(0.85, 1.15)
        for hour, weight in enumerate(_HOURS):
            moment = _at(day, hour, zone)
            if moment >= now:
                break
            hours.append(moment)
            weights.append(daily * weight * (_CROWD if outage.holds(moment) else 1))
    chosen = rng.choices(hours, weights, k=count) if hours else []
    return sorted(moment + min(_HOUR, now - moment) * rng.random() for moment in chosen)


def _at(day: date, hour: int, zone: ZoneInfo) -> datetime:
    """Return the moment; an hour that a change of the clock skips is the next one."""
    wall = datetime.combine(day, time(hour), zone)
    return wall.astimezone(ZoneInfo("UTC"))
