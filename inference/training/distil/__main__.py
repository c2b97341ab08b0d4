"""`python -m inference.training.distil`: a small language model that learns from a large one."""

import sys
from pathlib import Path
from typing import Any

from inference.training.distil.options import OPTIONS, TEACHER
from inference.training.language.program import Asked, run
from inference.training.output import Tell


def main(arguments: list[str]) -> int:
    """Distil as asked; returns the exit status."""
    return run("distil", (*OPTIONS, TEACHER), _distil, arguments)


def _distil(asked: Asked, folder: Path, tell: Tell) -> dict[str, Any]:
    # So late that what is wrong with a command line is said at once.
    from inference.training.distil.distilling import distil

    return distil(asked, folder, tell)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
