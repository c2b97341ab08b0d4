"""Our engine beside another program: `python -m benchmarks.inference.busy_core WORKLOAD PRECISION`."""

import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.inference.children import report
from benchmarks.inference.streams import STREAMS, load_as_served, time_decode, warm_up
from benchmarks.inference.workload import Workload
from inference.engine.engine import Engine, EngineConfig

STREAMS_RUNNING = 4
TOKENS = 64
PAIRS = 3


def measure(workload_file: str, precision: str) -> dict[str, float]:
    """`busy_core_ratio`: decoding with 4 streams beside one spinning process, over decoding alone.

    The spinning process has one thread, which the system places where it likes. Both are measured in turns
    with the same prompts; the figure is the median of the pairs.
    """
    workload = Workload.read(Path(workload_file))
    engine = Engine(load_as_served(workload.model, precision), EngineConfig(max_batch=STREAMS))
    warm_up(engine, [chat.tokens for chat in workload.questions])
    ratios: list[float] = []
    for prompts in workload.groups(STREAMS_RUNNING, PAIRS):
        _drawn, quiet = time_decode(engine, prompts, TOKENS)
        with _spinning():
            _drawn, busy = time_decode(engine, prompts, TOKENS)
        ratios.append(quiet / busy)
    return {"busy_core_ratio": statistics.median(ratios)}


@contextmanager
def _spinning() -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    report(measure)
