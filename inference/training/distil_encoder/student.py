"""A head on some layers of the encoder, which learns from one on all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import torch

from inference.engine.sentiment_facts import HeadFacts
from inference.engine.sentiment_head import Head
from inference.training.distil.losses import hidden_distance, softened_divergence
from inference.training.distil_encoder.lessons import Lesson
from inference.training.distil_encoder.material import is_labelled
from inference.training.sentiment.batches import Batch
from inference.training.sentiment.calibration import cross_entropy
from inference.training.sentiment.loop import Settings, Training


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each part of the loss counts; `alpha` is the teacher's, people's labels have 1 - alpha."""

    temperature: float = 2.0
    alpha: float = 0.7
    hidden: float = 1.0


class Student(Training):
    """Begins as the teacher's own layers, of which it keeps `layers`, and learns from its lessons.

    The loss is alpha * KL at a temperature, times its square + (1 - alpha) * cross-entropy of the labels that
    people gave + hidden * (1 - cosine) of the means of the last layers, which both classifiers judge.
    """

    def __init__(
        self,
        base_folder: Path,
        teacher: Head,
        layers: Sequence[int],
        settings: Settings,
        weights: Weights,
    ) -> None:
        facts = student_facts(teacher.facts, layers, settings)
        super().__init__(base_folder, facts, settings, start=None)
        self.facts = facts
        self._weights = weights
        self._begin_as(teacher, layers)

    def loss(self, batch: Batch) -> torch.Tensor:
        """What is made small: one number for a batch of lessons."""
        weights, lessons = self._weights, cast(Sequence[Lesson], batch.examples)
        tokens, mask = self.network.pad(batch.tokens)
        meaning = self.network.meaning(self.network.vectors(tokens), mask)
        logits = self.network.classifier(meaning)
        labelled = batch.weights * torch.tensor([float(is_labelled(lesson)) for lesson in lessons])
        told = (cross_entropy(logits, batch.targets, batch.known) * labelled).sum()
        told = told / labelled.sum().clamp(min=torch.finfo(told.dtype).tiny)
        taught = softened_divergence(
            logits, torch.stack([lesson.logits for lesson in lessons]), weights.temperature
        )
        loss = weights.alpha * taught + (1 - weights.alpha) * told
        if weights.hidden:
            wanted = torch.stack([lesson.meaning for lesson in lessons])
            loss = loss + weights.hidden * hidden_distance([meaning], [wanted], "cosine")
        return loss

    @torch.no_grad()
    def _begin_as(self, teacher: Head, layers: Sequence[int]) -> None:
        """Take over what the teacher changed in the layers that are kept, and its classifier."""
        for name, adapter in self.adapters.items():
            update = teacher.updates.get(_name_before(name, layers))
            if update is not None:
                up, down = update
                adapter.up[:, : up.shape[1]] = up
                adapter.down[: down.shape[0]] = down
        self.network.classifier.load_state_dict({"weight": teacher.classifier, "bias": teacher.bias})


def student_facts(teacher: HeadFacts, layers: Sequence[int], settings: Settings) -> HeadFacts:
    """The teacher's facts as the student begins; a teacher that keeps a few layers itself names which."""
    kept = tuple(teacher.layers[index] for index in layers) if teacher.layers else tuple(layers)
    return replace(
        teacher,
        layers=kept,
        rank=settings.rank,
        frozen_layers=0,
        seed=settings.seed,
        temperature=1.0,
        metrics={},
    )


def _name_before(name: str, layers: Sequence[int]) -> str:
    """A product's name in the teacher, whose layers have other numbers."""
    parts = name.split(".")
    place = next(index for index, part in enumerate(parts) if part.isdecimal())
    parts[place] = str(layers[int(parts[place])])
    return ".".join(parts)
