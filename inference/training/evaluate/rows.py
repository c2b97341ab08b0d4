"""What one example gave: numbers that add up to a figure, and what was said."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One example of a measure.

    `values` holds by name of a figure the numbers whose sums over all examples the figure is made of, see
    `scores.py`; `said` holds texts for people: a prompt, an answer, a reference.
    """

    measure: str
    id: str
    values: dict[str, list[float]]
    said: dict[str, Any] = field(default_factory=dict)


def write_rows(rows: Iterable[Row], file: Path) -> None:
    """Write the rows as JSON lines; raises OSError."""
    with file.open("w", encoding="utf-8") as lines:
        for row in rows:
            lines.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")


def read_rows(file: Path) -> Iterator[Row]:
    """Yield the rows of a file that `write_rows` wrote; raises OSError, and ValueError for another one."""
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            found = json.loads(line)
            try:
                yield Row(**found)
            except TypeError as error:
                raise ValueError(f"{file} holds no rows of an evaluation.") from error
