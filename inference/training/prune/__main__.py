"""`python -m inference.training.prune`: a language model without its least important parts."""

import sys
from pathlib import Path
from typing import Any

from inference.training.language.program import Asked, run
from inference.training.output import Tell
from inference.training.prune.options import OPTIONS


def main(arguments: list[str]) -> int:
    """Prune as asked; returns the exit status."""
    return run("prune", OPTIONS, _prune, arguments)


def _prune(asked: Asked, folder: Path, tell: Tell) -> dict[str, Any]:
    # So late that what is wrong with a command line is said at once.
    from inference.training.prune.pruning import prune

    return prune(asked, folder, tell)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
