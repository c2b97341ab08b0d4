import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from inference.training.export.__main__ import main

Exporting = Callable[..., dict[str, Any]]


@pytest.fixture
def export(capsys: pytest.CaptureFixture[str]) -> Exporting:
    """Run the program with these options and return the object of its last line."""

    def run(model: Path, format: str, out: Path, *more: str) -> dict[str, Any]:
        before = signal.getsignal(signal.SIGTERM)
        main(["--model", str(model), "--format", format, "--out", str(out), *more])
        signal.signal(signal.SIGTERM, before)
        line: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
        return line

    return run
