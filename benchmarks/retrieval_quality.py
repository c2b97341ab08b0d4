"""`make bench`: the promised figures of retrieval, on the development data where it lies here."""

import subprocess
import sys
from pathlib import Path

DATA = Path("../shared/data")
NAME = "retrieval_quality"


def measure_retrieval_quality(results: Path) -> bool:
    """Write `retrieval_quality.json` into `results`; return whether that succeeded, or there is no data."""
    if not DATA.is_dir():
        print(f"Benchmark {NAME}: left out, there is no {DATA}.", flush=True)
        return True
    print(f"Benchmark {NAME}", flush=True)
    target = str(results / f"{NAME}.json")
    command = [sys.executable, "manage.py", "tune", "--measure", "--data", str(DATA), "--json", target]
    return subprocess.run(command).returncode == 0
