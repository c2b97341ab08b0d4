"""The texts that a student and its teacher read, with labels and without."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from inference.training.json_lines import BadLines, json_objects
from inference.training.sentiment.examples import Example
from inference.training.sentiment.label_files import read_label_files
from inference.training.sentiment.retraining import read_unlabelled
from inference.training.sentiment.shipping import EXPECTED, divide_sources, halves, read_sources
from inference.training.sentiment.sources import SOURCES
from inference.training.sentiment.weighting import weighted

# Fewer say nothing of texts that the student has not read.
FEWEST_TEXTS = 30
_HELD_BACK = 0.1
# A temperature is one number: more texts would not move it.
_HELD_AT_MOST = 1000
_NOBODY_SAID = (False, False, False)


class BadTexts(BadLines):
    """Texts that teach nothing; one sentence says why."""


@dataclass(slots=True)
class Material:
    """What the student learns from, what its temperature is fitted on, and what both are measured on.

    An example of which no label is known is a text that nobody labelled.
    """

    train: list[Example] = field(default_factory=list)
    held: list[Example] = field(default_factory=list)
    test: list[Example] = field(default_factory=list)

    def add_sources(self, folder: Path, seed: int) -> None:
        """Add the sets that the shipped head learned from, divided as for `seed`. Raises NoSource.

        The student reads all that is not held back: the head, which is to know all kinds of texts alike, left
        out most of the large sets, but whoever imitates it gains by every text.
        """
        train, held_back = divide_sources(read_sources(folder), seed, at_most={})
        calibration, test = halves(held_back)
        self.train += weighted(train, EXPECTED)
        self.held += calibration
        self.test += [example for some in test.values() for example in some]

    def add_texts(self, texts: Sequence[str], seed: int) -> None:
        """Add texts that nobody labelled; a tenth is held back for each purpose."""
        known = {example.text for example in (*self.train, *self.held, *self.test)}
        new = [unlabelled(text) for text in dict.fromkeys(texts) if text not in known]
        random.Random(seed).shuffle(new)
        back = round(len(new) * _HELD_BACK)
        self.held += new[:back]
        self.test += new[back : 2 * back]
        self.train += new[2 * back :]

    def add_data_set(self, folder: Path) -> None:
        """Add a data set's labelled texts, or what users wrote in its dialogues, each part to its purpose.

        Raises BadLines.
        """
        known = (True, True, True)
        for name, part in (("train", self.train), ("validation", self.held), ("test", self.test)):
            file = folder / f"{name}.jsonl"
            if not file.is_file():
                raise BadTexts(f"{folder} is no data set: it has no {file.name}.")
            if _is_labelled(file):
                found = [line.example for line in read_label_files([file])]
                # Which labels the texts could bear shows in most of them.
                known = found[0].known if name == "train" else known
                part += [replace(example, known=known) for example in found]
            else:
                seen = {example.text for example in (*self.train, *self.held, *self.test)}
                part += [unlabelled(text) for text in dict.fromkeys(_messages(file)) if text not in seen]

    def checked(self, most: int, seed: int) -> Material:
        """The same with at most so many texts to learn from. Raises BadTexts where there are too few."""
        if len(self.train) < FEWEST_TEXTS or not self.test:
            raise BadTexts(
                f"There are {len(self.train)} texts to learn from and {len(self.test)} to measure on, and at "
                f"least {FEWEST_TEXTS} and 1 are needed."
            )
        if not self.held:
            back = max(1, round(len(self.train) * _HELD_BACK))
            self.held, self.train = self.train[:back], self.train[back:]
        chance = random.Random(seed)
        train, held = (
            chance.sample(some, count) if len(some) > count else some
            for some, count in ((self.train, most), (self.held, _HELD_AT_MOST))
        )
        return Material(train, held, self.test)


def material_of(data: Path, unlabelled: Path | None, seed: int) -> Material:
    """What lies in `data`, with more texts from a file of unlabelled ones.

    `data` is a data set's folder, or one with the sets that the shipped head learned from. Raises BadLines
    and NoSource.
    """
    material = Material()
    if all((data / name).is_dir() for name in SOURCES):
        material.add_sources(data, seed)
    else:
        material.add_data_set(data)
    if unlabelled is not None:
        material.add_texts(read_unlabelled(unlabelled), seed)
    return material


def is_labelled(example: Example) -> bool:
    """Whether a person said something of the text."""
    return any(example.known)


def unlabelled(text: str) -> Example:
    """A text of which nobody said anything."""
    third = 1 / 3
    return replace(Example(text, (third, third, third), known=_NOBODY_SAID), source="unlabelled")


def _is_labelled(file: Path) -> bool:
    """Whether the file's first line is a labelled text. Raises BadLines."""
    return any("label" in value for _place, value in islice(json_objects(file), 1))


def _messages(file: Path) -> Iterator[str]:
    for place, value in json_objects(file):
        try:
            said = [message["content"] for message in value["messages"] if message["role"] == "user"]
        except (KeyError, TypeError) as error:
            raise BadLines(f"{place}: each line must be a dialogue with “messages”.") from error
        yield from (text for text in said if isinstance(text, str) and text.strip())
