"""16 streams without a server: `python -m benchmarks.inference.our_direct WORKLOAD PRECISION`.

The other half of `http_ratio`: the same prompts in the same order as `http_load.py` sends them.
"""

import time
from pathlib import Path

from benchmarks.inference.children import report
from benchmarks.inference.http_load import REPEATS, TOKENS, batches
from benchmarks.inference.streams import STREAMS, drain, load_as_served, submit
from benchmarks.inference.workload import Workload
from inference.engine.engine import Engine, EngineConfig


def measure(workload_file: str, precision: str) -> dict[str, float]:
    """`direct_16`: tokens per second from the first submission to the last token, prompts included."""
    workload = Workload.read(Path(workload_file))
    engine = Engine(load_as_served(workload.model, precision), EngineConfig(max_batch=STREAMS))
    warming, *measured = batches(workload.questions)
    seconds = 0.0
    for batch in (warming, *measured):
        begun = time.perf_counter()
        for chat in batch:
            submit(engine, chat.tokens, TOKENS)
        drain(engine)
        seconds += time.perf_counter() - begun if batch is not warming else 0.0
    return {"direct_16": REPEATS * STREAMS * TOKENS / seconds}


if __name__ == "__main__":
    report(measure)
