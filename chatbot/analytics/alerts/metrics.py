"""What rules watch: six figures of an hour, each the worse the higher it is.

`chatbot/analytics/definitions.py` says what they mean and which columns they come from.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from chatbot.analytics import first_tokens
from chatbot.analytics.definitions import FIGURES


class Metric(TextChoices):
    """A figure that is watched; the values are the figures' names."""

    NEGATIVE = "negative", _("Negative messages")
    HANDED_OVER = "handed_over", _("Handed over")
    FAILED = "failed", _("Failed answers")
    FIRST_TOKEN = "first_token_p95", _("Time to first token, 95th percentile")
    QUEUED = "queue_wait", _("Wait in the queue")
    UNKNOWN = "unknown", _("Unknown answers")

    @property
    def is_share(self) -> bool:
        """Whether it is a part of a number, in percent; the others are times, in milliseconds."""
        return self not in (Metric.FIRST_TOKEN, Metric.QUEUED)

    @property
    def unit(self) -> str:
        return "%" if self.is_share else "ms"


@dataclass(frozen=True, slots=True)
class Sample:
    """What was counted of one metric: `part` of `count`, as numbers or as milliseconds in all.

    For a percentile `steps` holds how many answers took how long, see `first_tokens`.
    """

    part: float = 0.0
    count: float = 0.0
    steps: Mapping[int, float] = field(default_factory=dict)

    def value(self, metric: Metric) -> float | None:
        """Return the metric in its unit, percent or milliseconds; None where nothing was counted."""
        if not self.count:
            return None
        if percent := FIGURES[metric].percent:
            return first_tokens.percentile(self.steps, percent)
        return self.part / self.count * (100 if metric.is_share else 1)

    def slower_than(self, milliseconds: float) -> float:
        """Return how many answers took longer, by the steps."""
        longest = first_tokens.step_of(int(milliseconds))
        return sum(count for step, count in self.steps.items() if step > longest)

    def scaled(self, share: float) -> "Sample":
        """Return the same as it would have been after `share` of the hour, evenly spread."""
        steps = {step: count * share for step, count in self.steps.items()}
        return Sample(self.part * share, self.count * share, steps)


NOTHING = Sample()


def together(samples: Iterable[Sample]) -> Sample:
    """Return what was counted in all of `samples`."""
    part, count, steps = 0.0, 0.0, dict[int, float]()
    for sample in samples:
        part += sample.part
        count += sample.count
        for step, number in sample.steps.items():
            steps[step] = steps.get(step, 0) + number
    return Sample(part, count, steps)


def sample_of(metric: Metric, row: Mapping[str, Any]) -> Sample:
    """Return what an hour's row of DailyFigures says of `metric`."""
    figure = FIGURES[metric]
    if figure.percent:
        steps = {int(step): count for step, count in row["first_token"].items()}
        return Sample(0.0, sum(steps.values()), steps)
    return Sample(sum(row[name] for name in figure.columns), sum(row[name] for name in figure.per))


# The columns of DailyFigures that `sample_of` reads.
COLUMNS = sorted(
    {"first_token"} | {name for metric in Metric for name in FIGURES[metric].columns + FIGURES[metric].per}
)
