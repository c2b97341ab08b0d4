"""A head that goes on learning from a company's own labelled messages."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from inference.engine.sentiment_facts import HeadFacts
from inference.engine.sentiment_head import Head, read_head
from inference.training.json_lines import BadLines, json_objects
from inference.training.output import Tell
from inference.training.sentiment.batches import batch_of
from inference.training.sentiment.calibration import fitted_temperature
from inference.training.sentiment.comparison import figures_by_language, paired
from inference.training.sentiment.examples import Example
from inference.training.sentiment.label_files import LabelledText, divide
from inference.training.sentiment.loop import Settings, Training

SETTINGS = Settings(epochs=4, batch_size=32, learning_rate=4e-4, keep=2.0)
# What the head thought before of texts that nobody labelled counts so much beside what people said.
_REMEMBERED = 0.3
_FEWEST_TO_CALIBRATE = 50


def retrain(
    base_folder: Path,
    start_folder: Path,
    texts: Sequence[LabelledText],
    unlabelled: Sequence[str],
    seed: int,
    tell: Tell,
    settings: Settings = SETTINGS,
) -> tuple[Head, dict[str, Any]]:
    """The head after learning from `texts`, and its figures before and after on the part held back.

    Of texts in `unlabelled` it is to go on thinking what it thought (Li and Hoiem 2016,
    https://arxiv.org/abs/1606.09282), so that it does not forget what the labelled ones do not show.
    Raises BadLabels and HeadError.
    """
    parts = divide(texts, seed)
    start = read_head(start_folder)
    settings = replace(settings, rank=start.facts.rank, frozen_layers=start.facts.frozen_layers, seed=seed)
    training = Training(base_folder, start.facts, settings, start)
    before = _probabilities(training, start.facts, parts.test)
    remembered = _remembered(training, start.facts, unlabelled)
    training.learn([*parts.train, *remembered], tell)
    facts = replace(
        start.facts,
        temperature=_temperature(training, start.facts, parts.calibration),
        seed=seed,
        data=(*start.facts.data, _provenance(texts)),
    )
    after = _probabilities(training, facts, parts.test)
    result = {
        "train": len(parts.train),
        "calibration": len(parts.calibration),
        "unlabelled": len(remembered),
        "seed": seed,
        "before": figures_by_language(before, parts.test, facts.unsure_below),
        "after": figures_by_language(after, parts.test, facts.unsure_below),
        "paired": paired(before, after, parts.test),
    }
    metrics = {name: value for name, value in result.items() if name != "paired"}
    return training.head(replace(facts, metrics=metrics)), result


def _temperature(training: Training, start: HeadFacts, examples: Sequence[Example]) -> float:
    """Few examples would fit a temperature to their own chance, so that it stays as it was."""
    return temperature_for(training, examples) if len(examples) >= _FEWEST_TO_CALIBRATE else start.temperature


def temperature_for(training: Training, examples: Sequence[Example]) -> float:
    """The temperature fitted on examples that were not learned from, to four digits."""
    batch = batch_of(examples, [])
    logits = training.logits([example.text for example in examples])
    return round(fitted_temperature(logits, batch), 4)


def read_unlabelled(file: Path) -> list[str]:
    """The texts of a file of JSON lines with a "text" each. Raises BadLines."""
    texts = []
    for place, value in json_objects(file):
        text = value.get("text")
        if not isinstance(text, str):
            raise BadLines(f"{place}: each line must be an object with a “text”.")
        if text.strip():
            texts.append(text)
    return texts


def _remembered(training: Training, facts: HeadFacts, texts: Sequence[str]) -> list[Example]:
    if not texts:
        return []
    thought = torch.softmax(training.logits(texts) / facts.temperature, dim=1).tolist()
    return [
        Example(text, tuple(shares), weight=_REMEMBERED, source="unlabelled")
        for text, shares in zip(texts, thought, strict=True)
    ]


def _probabilities(training: Training, facts: HeadFacts, examples: Sequence[Example]) -> list[list[float]]:
    logits = training.logits([example.text for example in examples])
    found: list[list[float]] = torch.softmax(logits / facts.temperature, dim=1).tolist()
    return found


def _provenance(texts: Sequence[LabelledText]) -> dict[str, Any]:
    digest = hashlib.sha256()
    for text in texts:
        digest.update(f"{text.example.label}\t{text.example.text}\n".encode())
    sources = sorted({text.example.source for text in texts})
    return {
        "name": "labelled messages",
        "source": ", ".join(sources),
        "licence": "own",
        "sha256": digest.hexdigest(),
        "rows": len(texts),
    }
