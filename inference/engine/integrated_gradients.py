"""Which tokens pulled a score up and which down: integrated gradients (Sundararajan, Taly and Yan, 2017,
https://arxiv.org/abs/1703.01365).

The score is followed on the straight way from a text that says nothing to the text itself. What its slope
in the direction of one token adds up to on the way is that token's pull. All pulls together are the
difference of the scores at both ends, which is known, and so it is on every stretch of the way: where a
stretch does not add up by Simpson's rule, it is cut in two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

# Vectors (rows, tokens, width) to the score of each row, (rows,), with gradients.
Score = Callable[[torch.Tensor], torch.Tensor]

TOLERANCE = 0.01
_OF_ONE_STRETCH = 0.05
STRETCHES = 4
# Where the score jumps, more points than these would not bring it much nearer.
MOST_POINTS = 257


@dataclass(frozen=True, slots=True)
class Attribution:
    """The pull of each token, and the scores that they lead from and to: baseline + sum(pulls) is `score`.

    It is so up to `TOLERANCE`, or to what MOST_POINTS points give.
    """

    pulls: NDArray[np.float64]
    baseline: float
    score: float


@dataclass(frozen=True, slots=True)
class _Point:
    """Where the way is, from 0 to 1: the score, and its slope in the direction of each token."""

    score: float
    slopes: NDArray[np.float64]


class IntegratedGradients:
    """The way from `start` to `end`, both (tokens, width), walked in passes of at most `rows` rows."""

    def __init__(self, score: Score, start: torch.Tensor, end: torch.Tensor, *, rows: int) -> None:
        self._score = score
        self._start = start
        self._step = end - start
        self._rows = max(1, rows)
        self._points: dict[float, _Point] = {}
        self._edges = [index / STRETCHES for index in range(STRETCHES + 1)]
        self._todo = [index / (2 * STRETCHES) for index in range(2 * STRETCHES + 1)]

    def passes(self) -> Iterator[Callable[[], None]]:
        """Yield one pass of the network after the other, to be called before the next one is asked for."""
        while self._todo:
            batch, self._todo = self._todo[: self._rows], self._todo[self._rows :]
            yield lambda batch=batch: self._look(batch)  # type: ignore[misc]
            if not self._todo:
                self._todo = self._closer()

    @property
    def attribution(self) -> Attribution:
        """The result, after all passes."""
        pulls = np.sum([self._simpson(*stretch) for stretch in self._stretches], axis=0)
        return Attribution(pulls, self._points[0.0].score, self._points[1.0].score)

    @property
    def _stretches(self) -> list[tuple[float, float]]:
        return list(zip(self._edges, self._edges[1:], strict=False))

    def _look(self, places: Sequence[float]) -> None:
        with torch.enable_grad():
            along = torch.tensor(places, dtype=self._step.dtype).view(-1, 1, 1)
            vectors = (self._start + along * self._step).detach().requires_grad_(True)
            scores = self._score(vectors)
            (slopes,) = torch.autograd.grad(scores.sum(), vectors)
        by_token = (slopes.double() * self._step.double()).sum(dim=2).numpy()
        for place, value, row in zip(places, scores.tolist(), by_token, strict=True):
            self._points[place] = _Point(value, row)

    def _simpson(self, begin: float, end: float) -> NDArray[np.float64]:
        first, middle, last = (self._points[place].slopes for place in (begin, (begin + end) / 2, end))
        result: NDArray[np.float64] = (end - begin) / 6 * (first + 4 * middle + last)
        return result

    def _gap(self, begin: float, end: float) -> float:
        """By how much the pulls on a stretch miss what the score gains on it."""
        gain = self._points[end].score - self._points[begin].score
        return float(self._simpson(begin, end).sum()) - gain

    def _closer(self) -> list[float]:
        """Cut the stretches that miss most, and return the points that are needed then; none at the end."""
        gaps = {stretch: self._gap(*stretch) for stretch in self._stretches}
        if abs(sum(gaps.values())) <= TOLERANCE and max(map(abs, gaps.values())) <= _OF_ONE_STRETCH:
            return []
        worst = sorted(gaps, key=lambda stretch: -abs(gaps[stretch]))
        bad = [stretch for stretch in worst if abs(gaps[stretch]) > TOLERANCE / len(gaps)] or worst[:1]
        needed: list[float] = []
        for begin, end in bad[: (MOST_POINTS - len(self._points)) // 2]:
            middle = (begin + end) / 2
            self._edges.append(middle)
            needed += [(begin + middle) / 2, (middle + end) / 2]
        self._edges.sort()
        return needed
