"""What student is wanted, and how it learns."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import dataclass

from inference.training.distil_encoder.student import Weights
from inference.training.language.program import Asked
from inference.training.sentiment.loop import Settings


@dataclass(frozen=True, slots=True)
class Plan:
    """The layers as `chosen` in distil.layers reads them, and how the student learns.

    Texts are varied when the teacher reads them, so that the student's training must not vary them again.
    """

    layers: str = "3"
    weights: Weights = Weights()
    settings: Settings = Settings(epochs=5, learning_rate=8e-4, rank=128, dropout=0.0, augment=False)
    max_texts: int = 60000
    checkpoint_every: int = 50


def plan_of(asked: Asked) -> Plan:
    """The plan that the options of a command line describe."""
    values = Namespace(**asked.values)
    return Plan(
        layers=values.layers,
        weights=Weights(values.temperature, values.alpha, values.hidden),
        settings=Settings(
            epochs=values.epochs,
            batch_size=values.batch_size,
            learning_rate=values.learning_rate,
            rank=values.rank,
            dropout=0.0,
            augment=False,
            seed=asked.seed,
        ),
        max_texts=values.max_texts,
        checkpoint_every=values.checkpoint_every,
    )
