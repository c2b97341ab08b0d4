"""`python -m inference.training.distil_encoder`: a quick sentiment head from a slow one."""

from __future__ import annotations

import signal
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

import torch

from inference.engine.sentiment_facts import HeadError
from inference.engine.sentiment_head import Head
from inference.training.distil.layers import BadLayers
from inference.training.distil_encoder.distilling import Plan, distil
from inference.training.distil_encoder.material import Material
from inference.training.distil_encoder.options import OPTIONS
from inference.training.distil_encoder.student import Weights
from inference.training.option import add_options
from inference.training.output import complete_or_nothing, tell
from inference.training.sentiment.label_files import BadLabels
from inference.training.sentiment.loop import Settings
from inference.training.sentiment.retraining import read_unlabelled
from inference.training.sentiment.sources import NoSource

REFUSED = 2


def main(arguments: list[str]) -> int:
    """Distil as asked. Returns 2, after one sentence, for texts, heads or settings that will not do."""
    options = _options(arguments)
    signal.signal(signal.SIGTERM, lambda *_caught: sys.exit(128 + signal.SIGTERM))
    if options.threads:
        torch.set_num_threads(options.threads)
    try:
        with complete_or_nothing(options.out) as folder:
            head, result = _distil(options)
            head.write(folder)
            result["bytes"] = sum(file.stat().st_size for file in folder.iterdir())
    except (BadLabels, BadLayers, HeadError, NoSource) as error:
        tell({"error": str(error)})
        return REFUSED
    tell({"result": result})
    return 0


def _distil(options: Namespace) -> tuple[Head, dict[str, Any]]:
    material = Material()
    if options.sources is not None:
        material.add_sources(options.sources, options.seed)
    if options.labels:
        material.add_labels(options.labels, options.seed)
    if options.data is not None:
        material.add_dialogues(options.data)
    if options.unlabelled is not None:
        material.add_texts(read_unlabelled(options.unlabelled), options.seed)
    return distil(options.base, options.head, material, plan_of(options), tell)


def plan_of(options: Namespace) -> Plan:
    """The plan that the options of a command line describe."""
    return Plan(
        layers=options.layers,
        weights=Weights(options.temperature, options.alpha, options.hidden),
        settings=Settings(
            epochs=options.epochs,
            batch_size=options.batch_size,
            learning_rate=options.learning_rate,
            rank=options.rank,
            dropout=0.0,
            augment=False,
            seed=options.seed,
        ),
        max_texts=options.max_texts,
    )


def _options(arguments: list[str]) -> Namespace:
    parser = ArgumentParser(prog="python -m inference.training.distil_encoder")
    parser.add_argument("--base", type=Path, required=True, help="folder of the encoder")
    parser.add_argument("--head", type=Path, required=True, help="folder of the head that teaches")
    parser.add_argument("--data", type=Path, help="folder of dialogues: what users wrote is read")
    parser.add_argument("--labels", type=Path, nargs="+", help="JSON lines: text, label, language?, split?")
    parser.add_argument("--unlabelled", type=Path, help="JSON lines: text")
    parser.add_argument("--sources", type=Path, help="folder of the data sets that the shipped head names")
    parser.add_argument("--out", type=Path, required=True, help="folder to write, not there yet")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=0, help="0: as many as torch takes")
    add_options(parser, OPTIONS)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
