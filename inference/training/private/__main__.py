"""`python -m inference.training.private`: fine-tunes within a budget of privacy."""

import sys
from pathlib import Path
from typing import Any

from inference.training.language.program import Asked, run
from inference.training.output import Tell
from inference.training.private.options import OPTIONS


def main(arguments: list[str]) -> int:
    """Fine-tune as asked, and return the exit status."""
    return run("private", OPTIONS, _work, arguments)


def _work(asked: Asked, folder: Path, tell: Tell) -> dict[str, Any]:
    from inference.training.private.tuning import finetune_privately

    return finetune_privately(asked, folder, tell)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
