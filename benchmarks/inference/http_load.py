"""16 clients at once over HTTP; `our_direct.py` gives the engine the same without a server."""

import asyncio
import time

from benchmarks.inference.children import MeasurementFailed
from benchmarks.inference.event_client import stream_chat
from benchmarks.inference.workload import Chat

STREAMS = 16
TOKENS = 128
REPEATS = 2


def batches(questions: list[Chat]) -> list[list[Chat]]:
    """One batch to warm up and those that are measured, no question twice."""
    starts = range(0, (REPEATS + 1) * STREAMS, STREAMS)
    measured = [questions[start : start + STREAMS] for start in starts]
    return [measured.pop(), *measured]


async def http_rate(port: int, questions: list[Chat]) -> float:
    """Tokens per second of all clients from the first request to the last token, prompts included.

    Raises MeasurementFailed where an answer is not complete.
    """
    warming, *measured = batches(questions)
    await _ask_all(port, warming)
    begun = time.perf_counter()
    tokens = 0
    for batch in measured:
        tokens += await _ask_all(port, batch)
    return tokens / (time.perf_counter() - begun)


async def _ask_all(port: int, batch: list[Chat]) -> int:
    answers = await asyncio.gather(
        *(stream_chat(port, chat.messages, max_tokens=TOKENS, ignore_eos=True) for chat in batch)
    )
    if not all(answer.complete and answer.tokens == TOKENS for answer in answers):
        raise MeasurementFailed("the server did not complete every one of 16 streams")
    return sum(answer.tokens for answer in answers)
