"""Files of messages that people have labelled, as JSON lines: text, label, language?, split?."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from inference.engine.sentiment_facts import LABELS
from inference.training.json_lines import BadLines, json_objects
from inference.training.sentiment.examples import Example, certain, known_among

# Fewer say nothing about messages that the head has not seen.
FEWEST_TEXTS = 30
FEWEST_OF_A_LABEL = 5
# So many labelled texts without a neutral one come from a set that has no neutral ones.
TWO_CLASS_TEXTS = 50
SPLITS = ("train", "test")
_TEST_SHARE = 0.1
_CALIBRATION_SHARE = 0.06


class BadLabels(BadLines):
    """Labelled messages cannot be learned from; the message is one sentence that says why."""


@dataclass(frozen=True, slots=True)
class LabelledText:
    """One line; `split` is "train", "test", or nothing where the line leaves it open."""

    example: Example
    split: str = ""


@dataclass(frozen=True, slots=True)
class Parts:
    """What is learned from, what the temperature is fitted on, and what the figures are of."""

    train: list[Example]
    calibration: list[Example]
    test: list[Example]


def read_label_files(files: Sequence[Path]) -> list[LabelledText]:
    """All lines of the files; of a text that is there several times the last label. Raises BadLines."""
    found: dict[str, LabelledText] = {}
    for file in files:
        lines = [_labelled_text(value, place, file.stem) for place, value in json_objects(file)]
        labels = Counter(line.example.label for line in lines)
        two_classes = not labels["neutral"] and len(lines) >= TWO_CLASS_TEXTS and len(labels) > 1
        known = known_among(("negative", "positive") if two_classes else LABELS)
        for line in lines:
            text = line.example.text
            found.pop(text, None)
            found[text] = replace(line, example=replace(line.example, known=known))
    return list(found.values())


def _labelled_text(value: dict[str, Any], place: str, source: str) -> LabelledText:
    text, label, split = value.get("text"), value.get("label"), value.get("split") or ""
    if not isinstance(text, str) or not text.strip():
        raise BadLabels(f"{place}: “text” must be a text that is not empty.")
    if label not in LABELS:
        raise BadLabels(f"{place}: the label “{label}” is none of {', '.join(LABELS)}.")
    if split and split not in SPLITS:
        raise BadLabels(f"{place}: the split “{split}” is neither train nor test.")
    language = value.get("language") or ""
    return LabelledText(Example(text, certain(label), language=str(language), source=source), split)


def divide(texts: Sequence[LabelledText], seed: int) -> Parts:
    """Divide labelled texts by chance, each label in proportion; lines that name their split stay there.

    Raises BadLabels where there are too few texts, or too few of a second label, to learn anything.
    """
    labels = Counter(text.example.label for text in texts if text.split != "test")
    count = sum(labels.values())
    if count < FEWEST_TEXTS:
        raise BadLabels(
            f"There are {count} labelled messages to learn from, and at least {FEWEST_TEXTS} are needed."
        )
    if len(labels) < 2:
        raise BadLabels(
            f"All labelled messages are {next(iter(labels))}: messages of another label are needed."
        )
    label, fewest = min(labels.items(), key=lambda item: item[1])
    if fewest < FEWEST_OF_A_LABEL:
        raise BadLabels(
            f"Only {fewest} labelled messages are {label}, and at least {FEWEST_OF_A_LABEL} are needed."
        )
    chance = random.Random(seed)
    has_test = any(text.split == "test" for text in texts)
    parts = Parts([], [], [text.example for text in texts if text.split == "test"])
    for each in sorted(labels):
        free = [text.example for text in texts if text.split == "" and text.example.label == each]
        fixed = [text.example for text in texts if text.split == "train" and text.example.label == each]
        chance.shuffle(free)
        if not has_test:
            tested = max(1, round(len(free) * _TEST_SHARE)) if free else 0
            parts.test.extend(free[:tested])
            free = free[tested:]
        learned = [*free, *fixed]
        chance.shuffle(learned)
        held = max(1, round(len(learned) * _CALIBRATION_SHARE))
        parts.calibration.extend(learned[:held])
        parts.train.extend(learned[held:])
    if not parts.test:
        raise BadLabels("Every message is marked for training: some must be left to measure on.")
    return parts
