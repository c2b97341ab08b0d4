"""What was counted on a site hour by hour, on the site's own clock.

Hours are moments of that clock without a zone: 9:00 a week ago is 9:00 whatever the clock did in between. An
hour that a change of the clock repeats has one row, and one that it leaves out has none.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta

from accounts.models import Site
from chatbot.analytics.alerts.metrics import COLUMNS, Metric, Sample, sample_of
from chatbot.analytics.models.daily_figures import DailyFigures

Series = Mapping[datetime, Sample]

HOUR = timedelta(hours=1)


def hour_of(moment: datetime) -> datetime:
    """Return the beginning of the hour of `moment`."""
    return moment.replace(minute=0, second=0, microsecond=0)


def read_series(
    site: Site, first: date, last: date, metrics: Iterable[Metric] = tuple(Metric)
) -> dict[Metric, Series]:
    """Return each metric's samples from `first` to `last`, both included, read in one query."""
    rows = DailyFigures.objects.filter(
        site=site, dimension=DailyFigures.Dimension.HOUR, day__gte=first, day__lte=last
    )
    found: dict[Metric, dict[datetime, Sample]] = {metric: {} for metric in metrics}
    for row in rows.values("day", "value", *COLUMNS):
        hour = datetime.combine(row["day"], time(int(row["value"])))
        for metric, samples in found.items():
            samples[hour] = sample_of(metric, row)
    return dict(found)
