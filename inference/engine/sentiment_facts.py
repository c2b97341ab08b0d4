"""What `head.json` says of a sentiment head; read without torch, so that every process can."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FORMAT = 1
FACTS = "head.json"
LABELS = ("negative", "neutral", "positive")
UNSURE = "unsure"


class HeadError(ValueError):
    """The folder holds no head that can be used; the message says why."""


@dataclass(frozen=True, slots=True)
class HeadFacts:
    """What `head.json` says.

    Logits are divided by `temperature` before the softmax; below a highest probability of `unsure_below` the
    label is “unsure”. `data` names what the head was trained on: name, source, licence, sha256, rows.
    `layers` are the layers of the encoder that the head keeps, by rising numbers from 0; none named: all.
    """

    name: str
    base: str
    base_sha256: str
    max_tokens: int
    languages: tuple[str, ...]
    temperature: float
    unsure_below: float
    rank: int
    frozen_layers: int
    seed: int
    licence: str = ""
    data: tuple[dict[str, Any], ...] = ()
    metrics: dict[str, Any] = field(default_factory=dict)
    labels: tuple[str, ...] = LABELS
    format: int = FORMAT
    layers: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.format != FORMAT:
            raise HeadError(f"This head has format {self.format}, and this program reads format {FORMAT}.")
        if self.labels != LABELS:
            raise HeadError(f"A sentiment head has the labels {', '.join(LABELS)}, in this order.")
        if not self.temperature > 0 or not 0 <= self.unsure_below <= 1 or self.max_tokens < 1:
            raise HeadError("The temperature, the confidence or the length of texts in head.json is no good.")
        if list(self.layers) != sorted(set(self.layers)) or min(self.layers, default=0) < 0:
            raise HeadError("The layers in head.json are no rising numbers from 0.")


def read_facts(folder: Path) -> HeadFacts:
    """What the folder's `head.json` says. Raises HeadError."""
    try:
        values = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        sequences = {name: tuple(values[name]) for name in ("languages", "data", "labels")}
        sequences["layers"] = tuple(values.get("layers", ()))
        return HeadFacts(**{**values, **sequences})
    except OSError as error:
        raise HeadError(f"{folder} is no sentiment head: it has no {FACTS}.") from error
    except HeadError:
        raise
    except (ValueError, TypeError, KeyError) as error:
        raise HeadError(f"{folder / FACTS} is broken: {error}.") from error
