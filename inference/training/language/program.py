"""What every program that trains a language model shares: its command line, its lines, its ends."""

from __future__ import annotations

import os
import resource
import signal
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inference.training.option import Option, add_options
from inference.training.output import Tell, complete_or_nothing, tell
from inference.training.refusal import Refusal, memory_in_words

REFUSED = 2
_NO_MEMORY = (
    "There is not enough memory for this training: let it read fewer tokens at once or shorter dialogues, "
    "or take LoRA."
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a program was asked to do; `values` are its own options by name."""

    base: Path
    data: Path
    out: Path
    seed: int
    checkpoints: Path | None
    values: dict[str, Any] = field(default_factory=dict)


Work = Callable[[Asked, Path, Tell], dict[str, Any]]


def run(name: str, options: Sequence[Option], work: Work, arguments: Sequence[str]) -> int:
    """Do `work` as `python -m inference.training.NAME` is asked to, and return the exit status.

    `work` is given what was asked, a folder to fill and a function that prints a line of JSON; the folder
    becomes `--out` when it returns, and is gone when it does not. What it returns is printed as {"result":
    ...}, with "seconds" and "peak_memory" in bytes. A refusal is printed as {"error": sentence, "code": ...},
    and the status is 2. SIGTERM ends it with 143 and nothing left behind. Where several processes work
    together, the first one alone prints and writes.
    """
    began = time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_caught: sys.exit(128 + signal.SIGTERM))
    try:
        asked, threads = _asked(name, options, arguments)
        _prepare_torch(threads)
        is_first = int(os.environ.get("RANK", "0")) == 0
        with _folder(asked.out, is_first) as folder, memory_in_words(_NO_MEMORY):
            result = work(asked, folder, tell if is_first else _silent)
    except Refusal as refusal:
        tell({"error": str(refusal), "code": refusal.code})
        return REFUSED
    if is_first:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        tell({"result": {**result, "seconds": round(time.monotonic() - began, 1), "peak_memory": peak}})
    return 0


def _asked(name: str, options: Sequence[Option], arguments: Sequence[str]) -> tuple[Asked, int]:
    parser = ArgumentParser(prog=f"python -m inference.training.{name}")
    parser.add_argument("--base", type=Path, required=True, help="folder of the model to start from")
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with train, validation and test.jsonl"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder to write, not there yet")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same model")
    parser.add_argument("--checkpoints", type=Path, help="folder to go on from, and to save into on the way")
    parser.add_argument("--threads", type=int, default=0, help="0: as many as torch takes")
    add_options(parser, options)
    found = parser.parse_args(arguments)
    values = {option.name: getattr(found, option.name) for option in options}
    return Asked(found.base, found.data, found.out, found.seed, found.checkpoints, values), found.threads


def _prepare_torch(threads: int) -> None:
    """torch is loaded only now, so that what is wrong with a command line is said at once."""
    import torch
    from transformers.utils import logging

    # Its last line on standard error says why a program failed.
    logging.disable_progress_bar()
    if threads:
        torch.set_num_threads(threads)


@contextmanager
def _folder(out: Path, is_first: bool) -> Iterator[Path]:
    """The folder to fill; for a process that is not the first, one that nobody looks at."""
    if is_first:
        with complete_or_nothing(out) as folder:
            yield folder
    else:
        with tempfile.TemporaryDirectory() as unseen:
            yield Path(unseen)


def _silent(_line: dict[str, Any]) -> None:
    """Only one of several processes tells."""
