"""A head on a few layers of its encoder from one on all of them, and how much it is worse and quicker."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch

from inference.engine.sentiment_facts import LABELS
from inference.engine.sentiment_head import Head, read_head
from inference.engine.sentiment_network import SentimentNetwork, assemble
from inference.training.distil.layers import chosen
from inference.training.distil_encoder.lessons import lessons, read
from inference.training.distil_encoder.material import Material, is_labelled
from inference.training.distil_encoder.plan import Plan
from inference.training.distil_encoder.speed import texts_per_second
from inference.training.distil_encoder.student import Student
from inference.training.language.checkpoints import Checkpoints
from inference.training.output import Tell
from inference.training.sentiment.batches import batch_of
from inference.training.sentiment.calibration import fitted_temperature
from inference.training.sentiment.comparison import figures_by_language, paired
from inference.training.sentiment.examples import Example, certain

_TIMED = 256


def distil(
    base_folder: Path,
    head_folder: Path,
    material: Material,
    plan: Plan,
    tell: Tell,
    checkpoints: Path | None = None,
) -> tuple[Head, dict[str, Any]]:
    """The student's head, and figures of the teacher and of it on texts that it did not learn from.

    Where people labelled none of those, they are measured on the teacher's own labels. `macro_f1_ratio` is
    the mean over languages of the student's macro-F1, divided by the teacher's. With `checkpoints`, a folder,
    it goes on from where it was killed. Raises HeadError, BadLines, BadLayers, BadCheckpoint and NoRoom.
    """
    material = material.checked(plan.max_texts, plan.settings.seed)
    teacher_head = read_head(head_folder)
    teacher = assemble(base_folder, teacher_head)
    layers = chosen(plan.layers, len(teacher.layers))
    settings = replace(plan.settings, rank=max(plan.settings.rank, teacher_head.facts.rank))
    student = Student(base_folder, teacher_head, layers, settings, plan.weights)
    read_kept, learnt_kept = _checkpoints(
        checkpoints, teacher_head, material, replace(plan, settings=settings), tell
    )
    read_lessons = lessons(teacher, material.train, settings.seed, tell, read_kept)
    student.learn(read_lessons, tell, learnt_kept, plan.checkpoint_every)
    facts = replace(
        student.facts, temperature=_temperature(student, teacher, [each.text for each in material.held])
    )
    head = student.head(facts)
    small = assemble(base_folder, head)
    result = {
        "train": len(material.train),
        "unlabelled": sum(not is_labelled(each) for each in material.train),
        "seed": settings.seed,
        "layers": len(layers),
        "layers_before": len(teacher.layers),
        "kept_layers": list(facts.layers),
        **_figures(teacher, small, material.test),
        **_speeds(teacher, small, [each.text for each in material.test]),
    }
    metrics = {name: value for name, value in result.items() if name != "paired"}
    return replace(head, facts=replace(facts, metrics=metrics)), result


def _checkpoints(
    folder: Path | None, teacher: Head, material: Material, plan: Plan, tell: Tell
) -> tuple[Checkpoints | None, Checkpoints | None]:
    """Where the teacher's reading and the student's learning are kept, if they are."""
    if folder is None:
        return None, None
    origin = {
        "weights": _hashed(
            part
            for name, (up, down) in sorted(teacher.updates.items())
            for part in (name.encode(), _bytes(up), _bytes(down))
        ),
        "data": _hashed(repr(example).encode() for example in material.train),
        "seed": plan.settings.seed,
    }
    told = {name: value for name, value in asdict(plan).items() if name != "checkpoint_every"}
    return (
        Checkpoints(folder / "teacher", origin, tell),
        Checkpoints(folder / "student", {**origin, **told}, tell),
    )


def _bytes(tensor: torch.Tensor) -> bytes:
    return tensor.contiguous().numpy().tobytes()


def _hashed(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()


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
        "macro_f1_before": round(_macro_f1(old), 4),
        "macro_f1_after": round(_macro_f1(new), 4),
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
