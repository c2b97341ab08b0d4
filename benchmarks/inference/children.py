"""Measurements in processes of their own, so that neither threads nor memory of one touch another's."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
LONGEST_MESSAGE = 500


class MeasurementFailed(Exception):
    """A figure could not be taken; the message says which and why."""


def run_child(module: str, *arguments: str, python: str = sys.executable) -> dict[str, Any]:
    """Run `python -m benchmarks.inference.MODULE ARGUMENTS`; returns the JSON object it printed last.

    Raises MeasurementFailed with the last line that a failed child wrote.
    """
    command = [python, "-m", f"benchmarks.inference.{module}", *arguments]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    lines = done.stdout.strip().splitlines()
    try:
        if done.returncode == 0:
            result: dict[str, Any] = json.loads(lines[-1]) if lines else {}
            return result
    except ValueError:
        pass
    if done.returncode < 0:
        raise MeasurementFailed(f"{module} was ended by {signal.Signals(-done.returncode).name}")
    last = [line for line in done.stderr.strip().splitlines() if line][-1:] or [f"status {done.returncode}"]
    raise MeasurementFailed(f"{module} failed: {last[0][:LONGEST_MESSAGE]}")


def report(measure: Callable[..., Mapping[str, Any]]) -> None:
    """In a child: measure with the command line's arguments and print the figures for the parent."""
    figures = measure(*sys.argv[1:])
    print(json.dumps(figures), flush=True)
