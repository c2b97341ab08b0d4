"""`python -m inference.training.distil_encoder`: a quick sentiment head from a slow one."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

from inference.engine.sentiment_facts import HeadError
from inference.training.distil_encoder.options import HEAD, OPTIONS, UNLABELLED
from inference.training.language.program import Asked, run
from inference.training.output import Tell


def main(arguments: list[str]) -> int:
    """Distil as asked; returns the exit status."""
    return run("distil_encoder", (*OPTIONS, HEAD, UNLABELLED), _distil, arguments)


def _distil(asked: Asked, folder: Path, tell: Tell) -> dict[str, Any]:
    # So late that what is wrong with a command line is said at once.
    from inference.training.distil_encoder.distilling import distil
    from inference.training.distil_encoder.material import BadTexts, material_of
    from inference.training.distil_encoder.plan import plan_of
    from inference.training.language.networks import BadNetwork
    from inference.training.sentiment.sources import NoSource

    values = Namespace(**asked.values)
    try:
        unlabelled = Path(values.unlabelled) if values.unlabelled else None
        material = material_of(asked.data, unlabelled, asked.seed)
        plan = plan_of(asked)
        head, result = distil(asked.base, Path(values.head), material, plan, tell, asked.checkpoints)
        head.write(folder)
    except NoSource as error:
        raise BadTexts(str(error)) from error
    except HeadError as error:
        raise BadNetwork(str(error)) from error
    return {**result, "bytes": sum(file.stat().st_size for file in folder.iterdir())}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
