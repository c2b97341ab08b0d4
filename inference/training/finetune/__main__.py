"""`python -m inference.training.finetune`: lets a language model learn from dialogues."""

import sys
from pathlib import Path
from typing import Any

from inference.training.finetune.options import OPTIONS
from inference.training.language.program import Asked, run
from inference.training.output import Tell


def main(arguments: list[str]) -> int:
    """Fine-tune as asked, and return the exit status."""
    return run("finetune", OPTIONS, _work, arguments)


def _work(asked: Asked, folder: Path, tell: Tell) -> dict[str, Any]:
    from inference.training.finetune.tuning import finetune

    return finetune(asked, folder, tell)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
