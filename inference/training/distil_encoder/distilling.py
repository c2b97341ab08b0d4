"""A head on a few layers of its encoder from one on all of them, and how much it is worse and quicker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from inference.engine.sentiment_facts import LABELS
from inference.engine.sentiment_head import Head, read_head
from inference.engine.sentiment_network import SentimentNetwork, assemble
from inference.training.distil.layers import chosen
from inference.training.distil_encoder.lessons import lessons, read
from inference.training.distil_encoder.material import Material, is_labelled
from inference.training.distil_encoder.speed import texts_per_second
from inference.training.distil_encoder.student import Student, Weights
from inference.training.output import Tell
from inference.training.sentiment.batches import batch_of
from inference.training.sentiment.calibration import fitted_temperature
from inference.training.sentiment.comparison import figures_by_language, paired
from inference.training.sentiment.examples import Example, certain
from inference.training.sentiment.loop import Settings

_TIMED = 256


@dataclass(frozen=True, slots=True)
class Plan:
    """What student is wanted (as `chosen` in distil.layers reads it) and how it learns."""

    layers: str = "3"
    weights: Weights = Weights()
    settings: Settings = Settings(epochs=4, rank=64, dropout=0.0, augment=False)
    max_texts: int = 20000


def distil(
    base_folder: Path, head_folder: Path, material: Material, plan: Plan, tell: Tell
) -> tuple[Head, dict[str, Any]]:
    """The student's head, and figures of the teacher and of it on texts that it did not learn from.

    Where people labelled none of those, they are measured on the teacher's own labels. `macro_f1_ratio` is
    the mean over languages of the student's macro-F1, divided by the teacher's. Raises HeadError, BadLabels
    and BadLayers.
    """
    material = material.checked(plan.max_texts, plan.settings.seed)
    teacher_head = read_head(head_folder)
    teacher = assemble(base_folder, teacher_head)
    layers = chosen(plan.layers, len(teacher.layers))
    settings = replace(plan.settings, rank=max(plan.settings.rank, teacher_head.facts.rank))
    student = Student(base_folder, teacher_head, layers, settings, plan.weights)
    student.learn(lessons(teacher, material.train, settings.seed, tell), tell)
    facts = replace(
        student.facts, temperature=_temperature(student, teacher, [each.text for each in material.held])
    )
    head = student.head(facts)
    small = assemble(base_folder, head)
    result = {
        "train": len(material.train),
        "unlabelled": sum(not is_labelled(each) for each in material.train),
        "seed": settings.seed,
        "layers": list(facts.layers),
        "layers_before": len(teacher.layers),
        **_figures(teacher, small, material.test),
        **_speeds(teacher, small, [each.text for each in material.test]),
    }
    metrics = {name: value for name, value in result.items() if name != "paired"}
    return replace(head, facts=replace(facts, metrics=metrics)), result


def _temperature(student: Student, teacher: SentimentNetwork, texts: Sequence[str]) -> float:
    """The temperature at which the student is as sure as its teacher, of texts it did not learn from."""
    thought = torch.softmax(read(teacher, texts)[0], dim=1).tolist()
    targets = [Example(text, tuple(row)) for text, row in zip(texts, thought, strict=True)]
    return round(fitted_temperature(student.logits(texts), batch_of(targets, [])), 4)


def _figures(teacher: SentimentNetwork, student: SentimentNetwork, test: Sequence[Example]) -> dict[str, Any]:
    before = teacher.classify([each.text for each in test])
    after = student.classify([each.text for each in test])
    labelled = [index for index, each in enumerate(test) if is_labelled(each)]
    if not labelled:
        test = [replace(each, target=certain(_label(row))) for each, row in zip(test, before, strict=True)]
    agreed = sum(_label(one) == _label(other) for one, other in zip(before, after, strict=True)) / len(test)
    if labelled:
        test = [test[index] for index in labelled]
        before, after = ([rows[index] for index in labelled] for rows in (before, after))
    unsure = teacher.facts.unsure_below
    old, new = (figures_by_language(rows, test, unsure) for rows in (before, after))
    return {
        "measured_on": "labels of people" if labelled else "labels of the teacher",
        "agreement": round(agreed, 4),
        "macro_f1_ratio": round(_macro_f1(new) / max(_macro_f1(old), 1e-9), 4),
        "before": old,
        "after": new,
        "paired": paired(before, after, test),
    }


def _macro_f1(figures: dict[str, Any]) -> float:
    """The mean over languages, which may know different labels."""
    languages = figures["languages"].values()
    return sum(each["macro_f1"] for each in languages) / len(languages)


def _speeds(teacher: SentimentNetwork, student: SentimentNetwork, texts: Sequence[str]) -> dict[str, float]:
    before, after = texts_per_second((teacher, student), texts[:: max(1, len(texts) // _TIMED)])
    return {
        "texts_per_second_before": round(before, 1),
        "texts_per_second_after": round(after, 1),
        "speed_ratio": round(after / before, 3),
    }


def _label(row: Sequence[float]) -> str:
    return LABELS[max(range(len(LABELS)), key=lambda index: row[index])]
