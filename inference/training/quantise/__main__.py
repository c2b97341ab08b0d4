"""`python -m inference.training.quantise`: a language model in 8 or 4 bits."""

import sys
from pathlib import Path
from typing import Any

from inference.training.language.program import Asked, run
from inference.training.output import Tell
from inference.training.quantise.options import OPTIONS


def main(arguments: list[str]) -> int:
    """Quantise as asked; returns the exit status."""
    return run("quantise", OPTIONS, _quantise, arguments)


def _quantise(asked: Asked, folder: Path, tell: Tell) -> dict[str, Any]:
    # So late that what is wrong with a command line is said at once.
    from inference.training.quantise.quantising import quantise

    return quantise(asked, folder, tell)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
