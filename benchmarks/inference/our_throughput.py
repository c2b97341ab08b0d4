"""Our engine's tokens per second: `python -m benchmarks.inference.our_throughput WORKLOAD PRECISION`."""

import statistics
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.inference.children import report
from benchmarks.inference.streams import (
    STREAMS,
    drain,
    load_as_served,
    step_until,
    submit,
    time_answer,
    time_decode,
    warm_up,
)
from benchmarks.inference.workload import Chat, Workload
from inference.engine.engine import Engine, EngineConfig

TOKENS = 128
# Groups of prompts at each number of streams: a single stream's speed depends on what it says.
GROUPS = {1: 4, 4: 2, 16: 1}
SHORTEST_ANSWER = 8


def measure(workload_file: str, precision: str) -> dict[str, float | str]:
    """`decode_N`, `decode_N_plain` (no speculation), `decode_1_to_end`, `decode_1_grounded`, `prefill`."""
    workload = Workload.read(Path(workload_file))
    model = load_as_served(workload.model, precision)
    figures: dict[str, float | str] = {}
    for speculate, suffix in ((True, ""), (False, "_plain")):
        engine = Engine(model, EngineConfig(max_batch=STREAMS, speculate=speculate))
        warm_up(engine, [chat.tokens for chat in workload.questions])
        for streams, most in GROUPS.items():
            figures[f"decode_{streams}{suffix}"] = decode_rate(engine, workload, streams, most)
        if speculate:
            figures["decode_1_to_end"] = answer_rate(engine, workload.questions[:STREAMS])
            figures["decode_1_grounded"] = answer_rate(engine, workload.grounded)
            figures["prefill"] = prefill_rate(engine, workload)
            figures["runner"] = engine.runner_name
    return figures


def decode_rate(engine: Engine, workload: Workload, streams: int, most: int) -> float:
    """Tokens of all streams per second of decoding, over all groups."""
    timed = [time_decode(engine, prompts, TOKENS) for prompts in workload.groups(streams, most)]
    return sum(drawn for drawn, _seconds in timed) / sum(seconds for _drawn, seconds in timed)


def answer_rate(engine: Engine, chats: Sequence[Chat]) -> float:
    """The median over chats of the tokens per second after the first token of an answer that may end."""
    rates: list[float] = []
    for chat in chats:
        _first, seconds, request = time_answer(engine, chat.tokens, TOKENS)
        if len(request.output) >= SHORTEST_ANSWER:
            rates.append((len(request.output) - 1) / seconds)
    return statistics.median(rates)


def prefill_rate(engine: Engine, workload: Workload) -> float:
    """The median over prompts, none seen before, of prompt tokens per second up to the first token."""
    rates: list[float] = []
    for prompt in workload.prefill:
        begun = time.perf_counter()
        request = submit(engine, prompt, 1)
        step_until(engine, lambda request=request: bool(request.output))  # type: ignore[misc]
        rates.append(len(prompt) / (time.perf_counter() - begun))
        drain(engine)
    return statistics.median(rates)


if __name__ == "__main__":
    report(measure)
