"""`python -m inference.training.evaluate`: measures a version, or writes its answers, in lines of JSON."""

from __future__ import annotations

import signal
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from inference.training.evaluate.asked_questions import answer_questions
from inference.training.evaluate.options import MEASURES, OPTIONS
from inference.training.evaluate.program import Asked, evaluate
from inference.training.evaluate.prompts import OWN_PROMPTS
from inference.training.option import add_options
from inference.training.output import tell
from inference.training.refusal import BadSetting, Refusal, memory_in_words

REFUSED = 2


def main(arguments: list[str]) -> int:
    """Do what is asked. Returns 2, after {"error": sentence, "code": ...}, for what will not do."""
    options = _options(arguments)
    signal.signal(signal.SIGTERM, lambda *_caught: sys.exit(128 + signal.SIGTERM))
    try:
        with memory_in_words("Memory ran out: fewer examples or a smaller version need less."):
            _prepare_torch(options.threads)
            tell({"result": _done(options)})
    except Refusal as refusal:
        tell({"error": str(refusal), "code": refusal.code})
        return REFUSED
    return 0


def _done(options: Namespace) -> dict[str, object]:
    if options.questions is not None:
        return answer_questions(
            options.model,
            options.questions,
            options.rows,
            tell,
            threads=options.threads,
            precision=options.precision,
            kernel_cache=options.kernel_cache,
        )
    measures = tuple(options.measures.split(","))
    if unknown := sorted(set(measures) - set(MEASURES)):
        raise BadSetting(f"“{unknown[0]}” is no measure: choose among {', '.join(MEASURES)}.")
    asked = Asked(
        model=options.model,
        measures=measures,
        data=options.data,
        base=options.base,
        prompts=options.prompts,
        passages=options.passages,
        asked=options.asked,
        most=options.most,
        threads=options.threads,
        precision=options.precision,
        kernel_cache=options.kernel_cache,
    )
    return evaluate(asked, options.rows, tell)


def _prepare_torch(threads: int) -> None:
    import torch
    from transformers.utils import logging

    # Its last line on standard error says why a program failed.
    logging.disable_progress_bar()
    if threads:
        torch.set_num_threads(threads)


def _options(arguments: list[str]) -> Namespace:
    parser = ArgumentParser(prog="python -m inference.training.evaluate", description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="folder of the version, or of a head")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--measures", help=f"with commas between: {', '.join(MEASURES)}")
    what.add_argument("--questions", type=Path, help='JSON lines to answer: {"id", "messages"}')
    parser.add_argument("--data", type=Path, help="folder of a data set; its test.jsonl is read")
    parser.add_argument("--base", type=Path, help="folder of the encoder, for a head")
    parser.add_argument("--prompts", type=Path, default=OWN_PROMPTS, help='JSON lines: {"prompt", "unsafe"}')
    parser.add_argument("--passages", type=Path, help='for an encoder, JSON lines: {"id", "text", "title"?}')
    parser.add_argument("--asked", type=Path, help='for an encoder, JSON lines: {"question", "relevant"}')
    parser.add_argument("--rows", type=Path, required=True, help="file to write: what each example gave")
    parser.add_argument("--kernel-cache", type=Path, help="folder of the engine's compiled kernels")
    add_options(parser, OPTIONS)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
