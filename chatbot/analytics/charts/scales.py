"""Vertical axes."""

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis from 0 to `top`, with a line at every `step`, on a chart that is `height` pixels high.

    Half a letter fits above its highest line, and the labels of the horizontal axis below its lowest.
    """

    top: float
    step: float
    height: float
    above: float = 10.0
    below: float = 24.0

    def y(self, value: float) -> float:
        """Return how many pixels below the upper edge `value` stands."""
        return self.base - (self.base - self.above) * min(value, self.top) / self.top

    @property
    def base(self) -> float:
        return self.height - self.below

    @property
    def ticks(self) -> list[float]:
        return [self.step * number for number in range(round(self.top / self.step) + 1)]


def scale_for(values: Iterable[float | None], height: float, *, whole: bool = False, lines: int = 4) -> Scale:
    """Return an axis that holds the values, with about `lines` steps of 1, 2 or 5 times a power of ten.

    `whole` steps are never less than 1, for what is counted.
    """
    highest = max((value for value in values if value is not None), default=0.0)
    if highest <= 0:
        return Scale(1.0, 1.0, height)
    rough = highest / lines
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * (1 - 1e-9))
    if whole:
        step = max(step, 1.0)
    return Scale(step * math.ceil(highest / step - 1e-9), step, height)
