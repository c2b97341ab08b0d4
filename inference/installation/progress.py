"""Progress for people: a bar on a terminal, a plain line here and there elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm

Advance = Callable[[int], None]


def megabytes(count: int) -> str:
    return f"{count / 1e6:,.0f} MB" if count >= 500_000 else f"{count / 1e3:,.0f} kB"


class Reporter:
    """Says what is going on: lines go to `write`, bars to the terminal behind standard error, if any."""

    def __init__(self, write: Callable[[str], object], quiet: bool = False) -> None:
        self._write = write
        self._quiet = quiet
        self.is_terminal = sys.stderr.isatty() and not quiet

    def line(self, text: str) -> None:
        if not self._quiet:
            self._write(text)

    @contextmanager
    def bar(self, label: str, total: int, unit: str = "B") -> Iterator[Advance]:
        """Count up to `total` in the block; without a terminal only the label is printed, once."""
        if not self.is_terminal:
            self.line(f"{label} …")
            yield _ignore
            return
        with tqdm(desc=label, total=total, unit=unit, unit_scale=unit == "B", leave=False) as bar:

            def advance(count: int) -> None:
                bar.update(count)

            yield advance


def _ignore(_count: int) -> None:
    return None
