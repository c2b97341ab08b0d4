"""A small language model out of a large one, and what its teacher was worth."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedModel

from inference.engine.kept_layers import layers_in
from inference.training.distil.layers import states_to_match
from inference.training.distil.students import check_teacher, student_of
from inference.training.distil.telling import TaughtBy, Weights
from inference.training.language.dialogues import read_data
from inference.training.language.examples import Example, encode
from inference.training.language.loop import Settings, Trained, train
from inference.training.language.machine import Machine
from inference.training.language.networks import (
    in_stored_dtype,
    read_network,
    read_tokenizer,
    stored_dtype,
    write_network,
)
from inference.training.language.objective import Objective, answer_loss
from inference.training.language.origin import origin_of
from inference.training.language.perplexity import perplexity_of
from inference.training.language.program import Asked
from inference.training.output import Tell


@dataclass(frozen=True, slots=True)
class Lesson:
    """Who teaches whom, from what, and how."""

    teacher: PreTrainedModel
    student: PreTrainedModel
    examples: Sequence[Example]
    test: Sequence[Example]
    settings: Settings
    checkpoints: Path | None
    tell: Tell

    def learnt(self, name: str, objective: Objective, belongs_to: str) -> tuple[PreTrainedModel, Trained]:
        """A copy of the student that has learnt `objective`; its checkpoints lie below `name`."""
        network = copy.deepcopy(self.student)
        trained = train(
            network,
            self.examples,
            objective,
            self.settings,
            tell=self.tell,
            checkpoints=self.checkpoints / name if self.checkpoints else None,
            belongs_to=belongs_to,
        )
        return network, trained

    def perplexity(self, network: PreTrainedModel) -> float:
        return round(perplexity_of(network, self.test).value, 4)


def distil(asked: Asked, folder: Path, tell: Tell) -> dict[str, Any]:
    """Write the student into `folder`, and return its figures beside its teacher's, on the test dialogues.

    `perplexity_before` is that of the student before it learns; with `control`, `perplexity_control` is that
    of the same student after the same steps without a teacher, and `control_ratio` what the teacher made of
    it: after divided by control. Raises what Refusal covers.
    """
    values = asked.values
    weights = Weights(values["temperature"], values["alpha"], values["hidden"], values["hidden_loss"])
    data, tokenizer = read_data(asked.data), read_tokenizer(asked.base)
    student, kept, count = student_of(asked.base, values["layers"])
    teacher_folder = Path(values["teacher"]) if values["teacher"] else asked.base
    settings = settings_of(asked)
    teacher = _teacher(teacher_folder, settings)
    check_teacher(teacher, read_tokenizer(teacher_folder), student, tokenizer, bool(weights.hidden))
    lesson = Lesson(
        teacher,
        student,
        encode(data.train, tokenizer, values["longest"]),
        encode(data.test, tokenizer, values["longest"]),
        settings,
        asked.checkpoints,
        tell,
    )
    tell({"text": f"The student keeps the layers {', '.join(map(str, kept))} of {count}."})
    figures: dict[str, Any] = {
        "perplexity_teacher": lesson.perplexity(teacher),
        "perplexity_before": lesson.perplexity(student),
    }
    states = states_to_match(kept, count, len(layers_in(teacher)))
    belongs_to = f"{origin_of(teacher, [], {})['weights']} {states} {weights}"
    network, trained = lesson.learnt("student", TaughtBy(teacher, states, weights), belongs_to)
    figures["perplexity_after"] = lesson.perplexity(network)
    if values["control"]:
        tell({"text": "The same student learns without its teacher."})
        figures |= _without_teacher(lesson, figures["perplexity_after"])
    parameters = sum(weight.numel() for weight in network.parameters())
    size = write_network(in_stored_dtype(network, stored_dtype(asked.base)), tokenizer, folder)
    return {
        **figures,
        "layers": list(kept),
        "layers_before": count,
        "parameters": parameters,
        "parameters_before": sum(weight.numel() for weight in teacher.parameters()),
        "bytes": size,
        "steps": trained.steps,
        "tokens": trained.tokens,
        "test_tokens": sum(example.answer_tokens for example in lesson.test),
        "seed": asked.seed,
    }


def settings_of(asked: Asked) -> Settings:
    """How the student is trained, of what was asked."""
    values = asked.values
    return Settings(
        epochs=values["epochs"],
        steps=values["steps"] or None,
        tokens_at_once=values["tokens_at_once"],
        learning_rate=values["learning_rate"],
        checkpoint_every=values["checkpoint_every"],
        precision=values["precision"],
        seed=asked.seed,
    )


def _teacher(folder: Path, settings: Settings) -> PreTrainedModel:
    """The teacher in the number format of the products, so that it is not turned into it at every step."""
    is_bf16 = Machine(settings.precision).precision == "bf16"
    return read_network(folder, torch.bfloat16 if is_bf16 else torch.float32)


def _without_teacher(lesson: Lesson, after: float) -> dict[str, float]:
    network, _trained = lesson.learnt("control", answer_loss, "")
    control = lesson.perplexity(network)
    return {"perplexity_control": control, "control_ratio": round(after / control, 4)}
