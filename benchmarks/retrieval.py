"""How long a search among many passages takes, and how much memory it needs.

The whole search of a site is measured, with the database's part in it and without the encoding of the
question. Vectors are drawn at random around some hundred topics: their values change no time.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


class RetrievalNotMeasured(Exception):
    """A step failed; the message is its own."""


@dataclass(frozen=True, slots=True)
class RetrievalPlan:
    """How many passages and searches; `postgresql` is the address of an empty database with pgvector."""

    passages: int = 100_000
    searches: int = 300
    postgresql: str = ""


def measure_retrieval(plan: RetrievalPlan, report: Callable[[str], Any]) -> dict[str, Any]:
    """Return the figures of the search over SQLite and, beside them, of that over PostgreSQL."""
    report(f"Search in memory among {plan.passages:,} passages")
    figures: dict[str, Any] = _measured(plan, "")
    if plan.postgresql:
        report(f"Search over PostgreSQL among {plan.passages:,} passages")
        figures |= {f"postgresql_{name}": value for name, value in _measured(plan, plan.postgresql).items()}
    return figures


def _measured(plan: RetrievalPlan, database_url: str) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="parley-retrieval-") as folder:
        environment = {**os.environ, "DATA_DIR": folder, "DATABASE_URL": database_url, "LOG_LEVEL": "ERROR"}
        for step in ("fill", "measure"):
            command = [sys.executable, "-m", "benchmarks.retrieval_child", step]
            done = subprocess.run(
                [*command, str(plan.passages), str(plan.searches)],
                env=environment,
                capture_output=True,
                text=True,
            )
            if done.returncode:
                raise RetrievalNotMeasured(done.stderr.strip()[-2000:] or f"{step} failed")
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures
