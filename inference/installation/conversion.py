"""Conversion in a child process, so that its memory goes back to the system and a stop cleans up."""

import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from inference.installation.errors import InstallationError
from inference.installation.progress import Reporter

PROJECT = Path(__file__).resolve().parents[2]


def convert(packed: Path, folder: Path, report: Reporter) -> None:
    """Turn one packed weights file into a folder for transformers, with its progress shown.

    Raises InstallationError with the child's own sentence, or one that says that the child was ended.
    """
    command = [sys.executable, "-m", "inference.engine.conversion", str(packed), str(folder)]
    with tempfile.TemporaryFile("w+") as errors:
        with subprocess.Popen(
            [*command, "--until-stdin-closes"],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as child:
            try:
                complaint = _follow(child, f"Converting {packed.name}", report)
            except BaseException:
                child.terminate()
                raise
        errors.seek(0)
        last_line = (errors.read().strip().splitlines() or ["it gave no reason"])[-1]
    if child.returncode < 0:
        name = signal.Signals(-child.returncode).name
        raise InstallationError(
            f"The conversion was ended from outside ({name}); if memory ran out, free some and install again."
        )
    if child.returncode > 0:
        raise InstallationError(complaint or f"The conversion of {packed.name} failed: {last_line}")


def _follow(child: subprocess.Popen[str], label: str, report: Reporter) -> str:
    """Show what the child prints until it ends; the sentence of its `error` line, or nothing."""
    complaint = ""
    done = 0
    with report.bar(label, total=100, unit="%") as advance:
        for line in child.stdout or ():
            word, _space, rest = line.strip().partition(" ")
            if word == "progress":
                percent = int(rest)
                advance(percent - done)
                done = percent
            elif word == "note":
                report.line(rest)
            elif word == "error":
                complaint = rest
    return complaint
