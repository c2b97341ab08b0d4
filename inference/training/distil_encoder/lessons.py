"""What a teacher makes of the texts that its student is to read."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace

import torch

from inference.engine.sentiment_network import SentimentNetwork, batches_by_length
from inference.training.language.checkpoints import Checkpoints
from inference.training.output import Tell
from inference.training.sentiment.augmentation import varied
from inference.training.sentiment.examples import Example

_AT_ONCE = 256
_TELL_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson(Example):
    """A text, what people said of it, and what the teacher did.

    `logits` [3] are the teacher's, divided by its own temperature; `meaning` [width] is what they came from.
    """

    logits: torch.Tensor = field(compare=False)
    meaning: torch.Tensor = field(compare=False)


@torch.inference_mode()
def read(teacher: SentimentNetwork, texts: Sequence[str]) -> tuple[torch.Tensor, torch.Tensor]:
    """The teacher's logits [texts, 3] at its temperature, and what its classifier saw [texts, width]."""
    tokens = teacher.tokenize(texts)
    logits = torch.zeros(len(texts), len(teacher.labels))
    meanings = torch.zeros(len(texts), teacher.encoder.config.hidden_size)
    for some in batches_by_length([len(one) for one in tokens]):
        padded, mask = teacher.pad([tokens[index] for index in some])
        meanings[some] = teacher.meaning(teacher.vectors(padded), mask)
    logits = teacher.classifier(meanings) / teacher.facts.temperature
    return logits, meanings


def lessons(
    teacher: SentimentNetwork,
    examples: Sequence[Example],
    seed: int,
    tell: Tell,
    checkpoints: Checkpoints | None = None,
) -> list[Lesson]:
    """Every example as its student will read it: varied a little, once, and read so by the teacher.

    Both must see the very same text (Beyer et al. 2022, https://arxiv.org/abs/2106.05237, section 3.1). What
    the teacher has read is in `checkpoints` then, or is taken from there. Raises BadCheckpoint and NoRoom.
    """
    chance = random.Random(seed)
    seen = [replace(example, text=varied(example, chance)) for example in examples]
    kept = checkpoints.newest() if checkpoints is not None else None
    if kept is not None:
        logits, meanings = kept.tensors["logits"], kept.tensors["meanings"]
    else:
        logits, meanings = _read_all(teacher, [example.text for example in seen], tell)
        if checkpoints is not None:
            checkpoints.save(len(seen), {"logits": logits, "meanings": meanings}, {})
    return [
        Lesson(
            **{each.name: getattr(example, each.name) for each in fields(example)},
            logits=thought,
            meaning=meaning,
        )
        for example, thought, meaning in zip(seen, logits, meanings, strict=True)
    ]


def _read_all(
    teacher: SentimentNetwork, texts: Sequence[str], tell: Tell
) -> tuple[torch.Tensor, torch.Tensor]:
    """As `read`, a part at a time, between which it tells how far it is."""
    parts = []
    told = time.monotonic()
    for start in range(0, len(texts), _AT_ONCE):
        parts.append(read(teacher, texts[start : start + _AT_ONCE]))
        done = min(start + _AT_ONCE, len(texts))
        if time.monotonic() - told >= _TELL_SECONDS or done == len(texts):
            told = time.monotonic()
            tell({"text": f"The teacher has read {done} of {len(texts)} texts."})
    return torch.cat([logits for logits, _meanings in parts]), torch.cat(
        [meanings for _logits, meanings in parts]
    )
