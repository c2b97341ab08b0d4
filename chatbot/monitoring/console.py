"""Writes the lines of several processes to one terminal, each under its own name."""

import os
import sys
from typing import TextIO

_RESET = "\x1b[0m"


class Console:
    """Prints lines with a prefix, coloured on a terminal unless NO_COLOR is set.

    A closed terminal is no reason to stop: what can no longer be printed is dropped.
    """

    def __init__(self, width: int, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._width = width
        self._colours = self._stream.isatty() and "NO_COLOR" not in os.environ

    def line(self, name: str, text: str, colour: int = 0) -> None:
        """Print `text` under `name`; `colour` is an ANSI foreground code, 0 for none."""
        prefix = f"{name:<{self._width}} |"
        if self._colours and colour:
            prefix = f"\x1b[{colour}m{prefix}{_RESET}"
        self.plain(f"{prefix} {text}")

    def plain(self, text: str) -> None:
        """Print `text` as it is."""
        try:
            print(text, file=self._stream, flush=True)
        except (OSError, ValueError):
            # The terminal is gone (EIO, EPIPE) or the file it was sent to lies on a full disk (ENOSPC).
            return
