"""Whether a head gives texts the labels that people gave them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from inference.engine.sentiment_network import SentimentNetwork
from inference.training.evaluate.rows import Row
from inference.training.evaluate.sampling import chosen, digest_of
from inference.training.refusal import Refusal

MEASURE = "labels"
_AT_ONCE = 64
_LONGEST_LINE = 1_000_000


class BadTexts(Refusal):
    """A file holds no labelled texts that this head can be measured by; one sentence names the line."""

    code = "bad_data"


@dataclass(frozen=True, slots=True)
class Text:
    """A text and the label that people gave it."""

    id: str
    text: str
    label: str


def read_texts(file: Path, labels: Sequence[str]) -> list[Text]:
    """Read JSON lines, {"id"?, "text", "label"}, of labels that the head knows; raises BadTexts."""
    found = []
    try:
        with file.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if len(line) > _LONGEST_LINE:
                    raise BadTexts(f"Line {number} of {file.name} is longer than a megabyte: no text is.")
                if line.strip():
                    found.append(_text(line, number, file.name, labels))
    except OSError as error:
        raise BadTexts(f"{file.name} cannot be read: {error.strerror}.") from error
    if not found:
        raise BadTexts(f"{file.name} holds no text.")
    return found


def _text(line: bytes, number: int, name: str, labels: Sequence[str]) -> Text:
    try:
        value = json.loads(line.decode())
    except (ValueError, RecursionError):
        raise BadTexts(f"Line {number} of {name} is no JSON in UTF-8: write one object a line.") from None
    text = value.get("text") if isinstance(value, dict) else None
    if not isinstance(text, str) or not text.strip():
        raise BadTexts(f'Line {number} of {name} has no text: write {{"text": "...", "label": "..."}}.')
    if value.get("label") not in labels:
        raise BadTexts(
            f"Line {number} of {name} has the label “{value.get('label')}”: the head knows "
            f"{', '.join(labels)}."
        )
    return Text(str(value.get("id", number)), text, value["label"])


def cases_of(texts: Sequence[Text], most: int) -> list[Text]:
    """Return at most `most` texts."""
    return chosen(texts, most, lambda one: f"{one.id} {one.text}")


def named(texts: Sequence[Text]) -> str:
    """Return what names these texts."""
    return digest_of(f"{one.label} {one.text}" for one in texts)


def rows(network: SentimentNetwork, texts: Sequence[Text]) -> Iterator[Row]:
    """Yield a row for each text; its most probable label counts."""
    labels = network.labels
    for start in range(0, len(texts), _AT_ONCE):
        some = texts[start : start + _AT_ONCE]
        for one, probabilities in zip(some, network.classify([text.text for text in some]), strict=True):
            given = probabilities.index(max(probabilities))
            counts = [0.0] * len(labels) ** 2
            counts[labels.index(one.label) * len(labels) + given] = 1.0
            said = {"question": one.text, "reference": one.label, "answer": labels[given]}
            yield Row(MEASURE, one.id, {"confusion": counts}, said)
