"""`python -m inference.training.share`: a language model whose layers share parameters."""

import sys
from pathlib import Path
from typing import Any

from inference.training.language.program import Asked, run
from inference.training.output import Tell
from inference.training.share.options import OPTIONS


def main(arguments: list[str]) -> int:
    """Share as asked; returns the exit status."""
    return run("share", OPTIONS, _share, arguments)


def _share(asked: Asked, folder: Path, tell: Tell) -> dict[str, Any]:
    # So late that what is wrong with a command line is said at once.
    from inference.training.share.sharing import share

    return share(asked, folder, tell)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
