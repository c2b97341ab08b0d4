"""The course of a visitor's mood as a small picture, with what a screen reader needs beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

from chatbot.conversations.models import MessageSentiment
from chatbot.conversations.sentiment.trend import Point

WIDTH, HEIGHT = 240, 64
_MARGIN = 6
# The newest messages; more of them would be one grey band.
_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Dot:
    """A message in the picture: where its trend stands, and what it is."""

    x: float
    y: float
    point: Point

    @property
    def label(self) -> str:
        """The message's label, in words."""
        return str(MessageSentiment.Label(self.point.label).label)


@dataclass(frozen=True, slots=True)
class CourseChart:
    """Coordinates within a box of WIDTH by HEIGHT, in which 1 is at the top and -1 at the bottom."""

    dots: list[Dot]
    line: str
    middle: float
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def first(self) -> float:
        """The trend after the first message shown."""
        return self.dots[0].point.trend

    @property
    def last(self) -> float:
        """The trend now."""
        return self.dots[-1].point.trend


def course_chart(points: Sequence[Point]) -> CourseChart | None:
    """Return the picture of the newest points; None while nothing is scored."""
    shown = points[-_SHOWN:]
    if not shown:
        return None
    step = (WIDTH - 2 * _MARGIN) / max(1, len(shown) - 1)
    dots = [
        Dot(round(_MARGIN + number * step, 1), _height_of(point.trend), point)
        for number, point in enumerate(shown)
    ]
    return CourseChart(dots, " ".join(f"{dot.x},{dot.y}" for dot in dots), _height_of(0))


def _height_of(trend: float) -> float:
    return round(_MARGIN + (1 - trend) / 2 * (HEIGHT - 2 * _MARGIN), 1)
