"""Writes the lines of several processes to one terminal, each under its own name."""

import json
import os
import sys
from datetime import UTC, datetime
from typing import TextIO

_RESET = "\x1b[0m"


class Console:
    """Prints lines with a prefix, coloured on a terminal unless NO_COLOR is set.

    With `as_json` each line is an object: those of the processes as they are, other text as its `message`.
    A closed terminal is no reason to stop: what can no longer be printed is dropped.
    """

    def __init__(self, width: int, stream: TextIO | None = None, *, as_json: bool = False) -> None:
        self._stream = stream or sys.stdout
        self._width = width
        self._as_json = as_json
        self._colours = self._stream.isatty() and "NO_COLOR" not in os.environ

    def line(self, name: str, text: str, colour: int = 0) -> None:
        """Print `text` under `name`; `colour` is an ANSI foreground code, 0 for none."""
        if self._as_json:
            self._print(text if text.startswith("{") else _object(name, text))
            return
        prefix = f"{name:<{self._width}} |"
        if self._colours and colour:
            prefix = f"\x1b[{colour}m{prefix}{_RESET}"
        self._print(f"{prefix} {text}")

    def plain(self, text: str) -> None:
        """Print `text` without a name."""
        if not self._as_json:
            self._print(text)
        elif text.strip():
            self._print(_object("parley", text.strip()))

    def _print(self, text: str) -> None:
        try:
            print(text, file=self._stream, flush=True)
        except (OSError, ValueError):
            # The terminal is gone (EIO, EPIPE) or the file it was sent to lies on a full disk (ENOSPC).
            return


def _object(name: str, text: str) -> str:
    """Return the line in the form of `chatbot.log_fields.JsonFormatter`."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    line = {"time": now, "level": "INFO", "logger": "console", "process": name, "message": text}
    return json.dumps(line, ensure_ascii=False)
