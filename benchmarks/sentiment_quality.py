"""`make bench`: how well feelings are judged, on the development data where it lies here."""

import subprocess
import sys
from pathlib import Path

DATA = Path("../shared/data")
NAME = "sentiment_quality"


def measure_sentiment_quality(results: Path) -> bool:
    """Write `sentiment_quality.json` into `results`; return whether that succeeded, or there is no data."""
    if not DATA.is_dir():
        print(f"Benchmark {NAME}: left out, there is no {DATA}.", flush=True)
        return True
    print(f"Benchmark {NAME}", flush=True)
    # In a process of its own, which alone loads torch.
    command = [sys.executable, "-m", "benchmarks.sentiment_child", "--data", str(DATA)]
    return subprocess.run([*command, "--json", str(results / f"{NAME}.json")]).returncode == 0
