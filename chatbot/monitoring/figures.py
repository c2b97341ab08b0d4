"""What commands that measure give: a line for each figure, and a file for whoever compares."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any


def show(figures: Mapping[str, Any], write: Callable[[str], Any]) -> None:
    """Write a line for each figure; what holds several stands in the file alone."""
    for name, value in figures.items():
        if not isinstance(value, dict | list):
            write(f"{name:40} {value}")


def keep(figures: Mapping[str, Any], file: Path | None) -> None:
    """Write all figures to `file` as JSON, making its folder; nothing for None."""
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
