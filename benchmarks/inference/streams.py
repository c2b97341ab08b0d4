"""Streams through our engine, timed from outside: what is counted are tokens that requests hold."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from benchmarks.inference.children import MeasurementFailed
from inference.engine.engine import Engine
from inference.engine.loader import LanguageModel, Precision, load
from inference.engine.request import Output, Request, SamplingParameters
from inference.server.threads import default_threads

STREAMS = 16
# Tokens that an early stream may draw while the prompts of later ones are still computed.
LEAD = 128


def load_as_served(model: str, precision: str) -> LanguageModel:
    """The model with the number of threads that the server takes."""
    torch.set_num_threads(default_threads())
    return load(Path(model), as_precision(precision), threads=default_threads())


def as_precision(name: str) -> Precision:
    """The loader's own word; raises KeyError."""
    known: dict[str, Precision] = {
        "auto": "auto",
        "fp32": "fp32",
        "bf16": "bf16",
        "fp16": "fp16",
        "int8": "int8",
        "int4": "int4",
    }
    return known[name]


def submit(engine: Engine, prompt: Sequence[int], tokens: int, *, to_the_end: bool = False) -> Request:
    """A greedy request for up to `tokens`, past the model's own end unless `to_the_end`."""
    sampling = SamplingParameters(max_tokens=tokens, temperature=0, ignore_eos=not to_the_end)
    return engine.submit(prompt, sampling, _discard)


def step_until(engine: Engine, reached: Callable[[], bool]) -> None:
    """Step; raises MeasurementFailed where the work ends before."""
    while not reached():
        if not engine.has_work:
            raise MeasurementFailed("the engine ended its work before the measurement did")
        engine.step()


def drain(engine: Engine) -> None:
    """Step until nothing is left."""
    while engine.has_work:
        engine.step()


def time_decode(engine: Engine, prompts: Sequence[Sequence[int]], tokens: int) -> tuple[int, float]:
    """Let every stream draw `tokens` more, from when all have their first token: tokens drawn, and seconds.

    A stream that was quicker leaves when it has them; what it draws beyond them does not count.
    """
    requests = [submit(engine, prompt, tokens + LEAD) for prompt in prompts]
    step_until(engine, lambda: all(request.output for request in requests))
    begins = sum(len(request.output) for request in requests)
    ends = {request: min(len(request.output) + tokens, tokens + LEAD) for request in requests}
    drawn = sum(ends.values()) - begins
    begun = time.perf_counter()
    while ends:
        engine.step()
        for request in [request for request, end in ends.items() if len(request.output) >= end]:
            engine.cancel(request)
            del ends[request]
        if ends and not engine.has_work:
            raise MeasurementFailed("a stream ended before it had its tokens")
    seconds = time.perf_counter() - begun
    drain(engine)
    return drawn, seconds


def time_answer(engine: Engine, prompt: Sequence[int], tokens: int) -> tuple[float, float, Request]:
    """One answer to its own end: seconds to its first token, seconds after that, and the request."""
    begun = time.perf_counter()
    request = submit(engine, prompt, tokens, to_the_end=True)
    step_until(engine, lambda: bool(request.output))
    first = time.perf_counter()
    drain(engine)
    return first - begun, time.perf_counter() - first, request


def warm_up(engine: Engine, prompts: Sequence[Sequence[int]]) -> None:
    """Decode at the batch sizes that are measured later, so that nothing is done for the first time then."""
    for streams in (1, 4, STREAMS):
        time_decode(engine, prompts[-streams:], 24)


def _discard(output: Output) -> None:
    pass
