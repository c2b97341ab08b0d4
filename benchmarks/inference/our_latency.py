"""Waiting for our engine: `python -m benchmarks.inference.our_latency WORKLOAD PRECISION`."""

import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.inference.children import MeasurementFailed, report
from benchmarks.inference.streams import (
    STREAMS,
    drain,
    load_as_served,
    step_until,
    submit,
    time_answer,
    warm_up,
)
from benchmarks.inference.workload import Chat, Workload
from inference.engine.engine import Engine, EngineConfig
from inference.engine.loader import LanguageModel
from inference.engine.request import Request

ANSWER_TOKENS = 48
SECOND_QUESTION = "Thank you. Can you say that in one short sentence?"
RUNNING = 4
QUIET_TOKENS = 48


def measure(workload_file: str, precision: str) -> dict[str, float]:
    """`second_turn_ttft_ratio` and `admission_gap_steps`."""
    workload = Workload.read(Path(workload_file))
    model = load_as_served(workload.model, precision)
    engine = Engine(model, EngineConfig(max_batch=STREAMS))
    warm_up(engine, [chat.tokens for chat in workload.questions])
    turns = [second_turn(engine, model, chat) for chat in workload.conversations]
    questions = [chat.tokens for chat in workload.questions[:RUNNING]]
    gaps = [admission_gap(engine, questions, prompt) for prompt in workload.long]
    return {
        "second_turn_ttft_ratio": statistics.median(warm / cold for warm, cold in turns),
        "second_turn_ttft_ms": 1000 * statistics.median(warm for warm, _cold in turns),
        "cold_ttft_ms": 1000 * statistics.median(cold for _warm, cold in turns),
        "admission_gap_steps": statistics.median(gaps),
    }


def second_turn(engine: Engine, model: LanguageModel, chat: Chat) -> tuple[float, float]:
    """Seconds to the first token of a second turn that follows its first, and of the same prompt cold."""
    _empty(engine)
    *_times, request = time_answer(engine, chat.tokens, ANSWER_TOKENS)
    messages = [
        *chat.messages,
        {"role": "assistant", "content": model.tokenizer.decode(request.output, skip_special_tokens=True)},
        {"role": "user", "content": SECOND_QUESTION},
    ]
    text = model.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    prompt = model.tokenizer.encode(text, add_special_tokens=False)
    warm, *_rest = time_answer(engine, prompt, 1)
    _empty(engine)
    cold, *_rest = time_answer(engine, prompt, 1)
    return warm, cold


def admission_gap(engine: Engine, questions: Sequence[Sequence[int]], newcomer: Sequence[int]) -> float:
    """The largest gap between tokens of running streams while `newcomer` is admitted, in decode steps.

    A decode step is the median gap of the same streams before. A gap counts from one step that gave a stream
    tokens to the next one.
    """
    _empty(engine)
    streams = [submit(engine, question, 400) for question in questions]
    step_until(engine, lambda: all(len(stream.output) >= 8 for stream in streams))
    until = len(streams[0].output) + QUIET_TOKENS
    quiet = _gaps(engine, streams, lambda: len(streams[0].output) >= until)
    joining = submit(engine, newcomer, 2)
    busy = _gaps(engine, streams, lambda: len(joining.output) >= 2)
    for stream in streams:
        engine.cancel(stream)
    drain(engine)
    return max(busy) / statistics.median(quiet)


def _gaps(engine: Engine, streams: Sequence[Request], reached: Callable[[], bool]) -> list[float]:
    """Step until `reached`; the seconds between the steps that gave a stream tokens, of all streams."""
    now = time.perf_counter()
    last = {stream: (now, len(stream.output)) for stream in streams}
    gaps: list[float] = []
    while not reached():
        if not engine.has_work:
            raise MeasurementFailed("the engine ended its work before the measurement did")
        engine.step()
        now = time.perf_counter()
        for stream, (before, length) in last.items():
            if len(stream.output) > length:
                gaps.append(now - before)
                last[stream] = now, len(stream.output)
    return gaps


def _empty(engine: Engine) -> None:
    """Forget all keys and values, as after a failure: what comes next is computed anew."""
    engine.fail_all("The next measurement begins.")


if __name__ == "__main__":
    report(measure)
