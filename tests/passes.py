"""Runs every test on SQLite, and those that touch the database once more on PostgreSQL with Redis.

The tests are three parts, two of which run at a time where there are two cores or more: most of the time a
test waits for a process of its own. Each line says which part it is of; the closing lines of all of them
stand together at the end. Arguments are pytest's; with one that names tests, these run, part after part.
"""

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tests import on_servers
from tests.models import fetch_models

# The longest first, so that it is not the last one to begin.
_ON_SQLITE = {
    "all else": ("tests", "--ignore=tests/chatbot"),
    "chatbot": ("tests/chatbot",),
}
_NOTHING_COLLECTED = 5


@dataclass(frozen=True, slots=True)
class Part:
    """Some of the tests: how they are called, their command, and its environment."""

    name: str
    command: list[str]
    environment: dict[str, str]


def main(arguments: list[str]) -> int:
    """Run all parts; return how many of them failed."""
    fetch_models()
    pytest = [sys.executable, "-m", "pytest", "--color=no"]
    names_tests = any(not argument.startswith("-") for argument in arguments)
    chosen = {"SQLite": ()} if names_tests else _ON_SQLITE
    parts = [Part(name, [*pytest, *paths, *arguments], dict(os.environ)) for name, paths in chosen.items()]
    if on_them := on_servers.part(arguments):
        parts.append(Part(*on_them))
    at_once = 1 if names_tests else min(2, len(os.sched_getaffinity(0)))
    with ThreadPoolExecutor(at_once) as lanes:
        ends = list(lanes.map(_run, parts))
    for part, (_status, closing) in zip(parts, ends, strict=True):
        print(f"{part.name}:\n{closing}", flush=True)
    return sum(status not in (0, _NOTHING_COLLECTED) for status, _closing in ends)


_printing = threading.Lock()


def _run(part: Part) -> tuple[int, str]:
    """Run a part to its end; return its status and its last line."""
    line = ""
    with subprocess.Popen(
        part.command, env=part.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            with _printing:
                print(f"{part.name} | {line}", end="", flush=True)
    return process.returncode, line.rstrip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
