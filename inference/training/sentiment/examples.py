"""What a head learns from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from inference.engine.sentiment_facts import LABELS

Shares = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Example:
    """A text and how much of each label it bears, in the order of LABELS; the shares sum to 1.

    `known` are the labels that whoever labelled the text could choose from: among negative and positive alone
    nobody said that it is not neutral, so that only the two compete.
    """

    text: str
    target: Shares
    known: tuple[bool, bool, bool] = (True, True, True)
    weight: float = 1.0
    language: str = ""
    source: str = ""

    @property
    def label(self) -> str:
        """The label that weighs most."""
        return LABELS[max(range(len(LABELS)), key=lambda index: self.target[index])]


def certain(label: str) -> Shares:
    """The shares of a text that bears this label alone."""
    negative, neutral, positive = (float(label == each) for each in LABELS)
    return negative, neutral, positive


def known_among(labels: Sequence[str]) -> tuple[bool, bool, bool]:
    """Which labels a set knows that holds these."""
    found = set(labels)
    negative, neutral, positive = (each in found for each in LABELS)
    return negative, neutral, positive
