"""`python -m inference.training.sentiment train`: trains a head and tells how it goes, in lines of JSON."""

from __future__ import annotations

import signal
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from inference.engine.sentiment_facts import HeadError
from inference.engine.sentiment_head import Head
from inference.training.json_lines import BadLines
from inference.training.output import complete_or_nothing, tell
from inference.training.refusal import BadSetting
from inference.training.sentiment.label_files import BadLabels, read_label_files
from inference.training.sentiment.retraining import read_unlabelled, retrain
from inference.training.sentiment.shipping import train_from_sources
from inference.training.sentiment.sources import NoSource

REFUSED = 2


def main(arguments: list[str]) -> int:
    """Train as asked. Returns 2, after one sentence on stderr, for data or folders that will not do."""
    options = _options(arguments)
    signal.signal(signal.SIGTERM, lambda *_caught: sys.exit(128 + signal.SIGTERM))
    try:
        with complete_or_nothing(options.out) as folder:
            head, result = _train(options)
            head.write(folder)
    except (BadLines, BadSetting, HeadError, NoSource) as error:
        print(error, file=sys.stderr)
        return REFUSED
    tell({"result": result})
    return 0


def _train(options: Namespace) -> tuple[Head, dict[str, Any]]:
    _use_threads(options.threads)
    if options.sources is not None:
        return train_from_sources(options.base, options.sources, options.seed, tell)
    if options.start is None:
        raise BadLabels("Labelled messages retrain a head: name the one to start from with --start.")
    texts = read_label_files(options.labels)
    unlabelled = read_unlabelled(options.unlabelled) if options.unlabelled else []
    return retrain(options.base, options.start, texts, unlabelled, options.seed, tell)


def _options(arguments: list[str]) -> Namespace:
    parser = ArgumentParser(prog="python -m inference.training.sentiment")
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train", help="train a head")
    train.add_argument("--base", type=Path, required=True, help="folder of the encoder")
    train.add_argument("--start", type=_folder_or_none, help="folder of the head to go on from, or none")
    data = train.add_mutually_exclusive_group(required=True)
    data.add_argument("--labels", type=Path, nargs="+", help="JSON lines: text, label, language?, split?")
    data.add_argument(
        "--sources", type=Path, help="folder of the data sets that the shipped head learns from"
    )
    train.add_argument("--unlabelled", type=Path, help="JSON lines: text; opinions to keep")
    train.add_argument("--out", type=Path, required=True, help="folder to write, not there yet")
    train.add_argument("--seed", type=int, default=1)
    train.add_argument("--threads", type=int, default=0, help="0: as many as torch takes")
    return parser.parse_args(arguments)


def _folder_or_none(value: str) -> Path | None:
    return None if value == "none" else Path(value)


def _use_threads(count: int) -> None:
    import torch

    if count:
        torch.set_num_threads(count)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
