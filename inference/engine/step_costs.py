"""What a step costs: learnt from the steps that were made."""

from __future__ import annotations

from dataclasses import dataclass

# What a decoded row costs in units of the fixed part, as long as measurements do not tell them apart.
_GUESSED_ROW = 0.1
_TRUST_IN_GUESS = 0.001

# The share of a new measurement in what is known about steps of its kind, and how far one may stand out: a
# machine that stalls for a moment makes steps look slow that are not.
_NEW = 0.3
_OUTLIER = 2.0

# Kinds that have not been seen for long say how costs relate, less and less how quick the machine is.
_HALF_LIFE_STEPS = 30
_LEAST_WEIGHT = 0.005
_KNOWN_AFTER = 64
_FIT_EVERY = 8

# Short of what is promised, 4 steps: the estimate may be off by as much.
SLOWDOWN = 2.8
FEWEST_PREFILL_TOKENS = 8
MOST_PREFILL_TOKENS = 256
UNKNOWN_PREFILL_TOKENS = 64


@dataclass(slots=True)
class _Mean:
    """A mean in which recent measurements count more, and single large ones for little."""

    value: float = 0.0
    count: int = 0

    def add(self, value: float) -> None:
        self.count += 1
        if self.count > 1:
            value = min(value, _OUTLIER * self.value)
        self.value += max(_NEW, 1 / self.count) * (value - self.value)


class StepCosts:
    """Seconds of a step as fixed + per decoded row + per prefilled token.

    Plain steps, without prompts, are gathered by their number of rows, each kind with a mean of its own, so
    that what was learnt about large steps outlives a thousand small ones. Fixed part and row are the least
    squares of the relative errors over these kinds. A prompt's token costs what its step took longer than a
    plain one; this follows the last few steps alone, since it grows with the length of the text that is read.
    """

    def __init__(self) -> None:
        self._plain: dict[int, _Mean] = {}
        self._seen: dict[int, int] = {}
        self._steps = 0
        self._token = _Mean()
        self._fixed, self._row = 1.0, _GUESSED_ROW

    def observe(self, rows: int, prefill: int, seconds: float) -> None:
        """Learn from a step."""
        if prefill:
            plain = self.seconds(rows) if self._plain else 0.0
            self._token.add(max(0.0, seconds - plain) / prefill)
        elif rows and seconds > 0:
            self._steps += 1
            self._plain.setdefault(rows, _Mean()).add(seconds)
            self._seen[rows] = self._steps
            # Once much is known, one more step changes little.
            if self._steps < _KNOWN_AFTER or self._steps % _FIT_EVERY == 0:
                self._fit()

    def seconds(self, rows: int, prefill: int = 0) -> float:
        """Seconds of a step; only ratios mean something before the first measurement."""
        return self._fixed + self._row * rows + self._token.value * prefill

    def prefill_tokens(self, rows: int) -> int:
        """As many prompt tokens as make a step that decodes `rows` take `SLOWDOWN` times as long."""
        if not self._plain or not self._token.count:
            return UNKNOWN_PREFILL_TOKENS
        spare = (SLOWDOWN - 1) * self.seconds(rows)
        token = self._token.value
        most = int(min(spare / token, MOST_PREFILL_TOKENS)) if token > 0 else MOST_PREFILL_TOKENS
        return max(most, FEWEST_PREFILL_TOKENS)

    def _fit(self) -> None:
        """Solve the normal equations of a line through the kinds; neither of its parts is below 0."""
        ones = _TRUST_IN_GUESS
        crossed = 0.0
        squares = _TRUST_IN_GUESS
        kinds = [(rows, kind.value, self._weight(rows)) for rows, kind in self._plain.items()]
        total = sum(weight for _, _, weight in kinds)
        # In units of what the guess makes of the kinds, so that trust in it is the same on every machine.
        unit = sum(weight * value / (1 + _GUESSED_ROW * rows) for rows, value, weight in kinds) / total
        fixed_target = row_target = _TRUST_IN_GUESS
        for rows, value, weight in kinds:
            one, row = unit / value, _GUESSED_ROW * rows * unit / value
            ones += weight * one * one
            crossed += weight * one * row
            squares += weight * row * row
            fixed_target += weight * one
            row_target += weight * row
        determinant = ones * squares - crossed * crossed
        fixed = (fixed_target * squares - row_target * crossed) / determinant
        row = (row_target * ones - fixed_target * crossed) / determinant
        if fixed < 0:
            fixed, row = 0.0, row_target / squares
        elif row < 0:
            fixed, row = fixed_target / ones, 0.0
        self._fixed, self._row = unit * fixed, unit * row * _GUESSED_ROW

    def _weight(self, rows: int) -> float:
        age = self._steps - self._seen[rows]
        return max(0.5 ** (age / _HALF_LIFE_STEPS), _LEAST_WEIGHT)
