"""Programs of training as their users start them: processes that print lines of JSON."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

# Compiled once; what a busy machine needs to load torch.
_PATIENCE = 120


def command(program: str, base: Path, data: Path, out: Path, **options: object) -> list[str]:
    """The command line of a program with these options, without the interpreter."""
    named = {"base": base, "data": data, "out": out, "threads": 1, **options}
    words = [word for name, value in named.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    return ["-m", f"inference.training.{program}", *words]


def start(arguments: Sequence[str], *launcher: str) -> "subprocess.Popen[str]":
    """Start a program, with one thread for each of its processes."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, *launcher, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


def finished(arguments: Sequence[str], *launcher: str) -> tuple[int, list[dict[str, Any]]]:
    """Run a program to its end; its exit status and the lines that it printed."""
    process = start(arguments, *launcher)
    output, errors = process.communicate(timeout=_PATIENCE)
    lines = [json.loads(line) for line in output.splitlines()]
    assert process.returncode in (0, 2), errors[-2000:]
    return process.returncode, lines


def killed_when(arguments: Sequence[str], condition: Callable[[], bool]) -> None:
    """Run a program and kill it, as a machine that loses its power would, once `condition()` holds."""
    process = start(arguments)
    deadline = time.monotonic() + _PATIENCE
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.001)
    process.kill()
    process.communicate()
