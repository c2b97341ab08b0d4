"""What a training program gives: lines of JSON while it works, then a folder, complete or not at all."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from inference.training.refusal import BadSetting

Tell = Callable[[dict[str, Any]], None]


def tell(line: dict[str, Any]) -> None:
    """Print one line of JSON at once."""
    print(json.dumps(line, ensure_ascii=False), flush=True)


@contextmanager
def complete_or_nothing(out: Path) -> Iterator[Path]:
    """A folder to write into that becomes `out` at the end, and is gone after an error or a signal.

    Raises BadSetting when `out` is there already.
    """
    if out.exists():
        raise BadSetting(f"{out} is there already: name a folder that is not.")
    partial = out.with_name(f".partial-{out.name}")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        yield partial
        partial.rename(out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
