"""Real questions through real sockets: does every answer arrive whole, and how fast?"""

import asyncio
import csv
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.client import Exchange, Visitor

# Banking77 (Casanueva et al. 2020, CC BY 4.0): questions that customers of a bank wrote.
QUESTIONS = Path("../shared/data/banking77/train.csv")


@dataclass(frozen=True, slots=True)
class ChatFigures:
    """What `manage.py benchmark chat` reports; times in milliseconds, rates per second of wall time."""

    questions: int
    sockets: int
    completed: int
    lost: int
    ttft_p50_ms: float
    ttft_p95_ms: float
    total_p50_ms: float
    frames_per_second: float
    characters_per_second: float
    seconds: float
    replies: tuple[str, ...] = ()


def read_questions(path: Path, count: int) -> list[str]:
    """Return `count` questions spread evenly over a CSV file with a column `text`."""
    with path.open(encoding="utf-8", newline="") as file:
        texts = [row["text"].strip() for row in csv.DictReader(file)]
    step = max(1, len(texts) // count)
    return texts[::step][:count]


async def measure_chat(url: str, site: str, questions: Sequence[str], sockets: int) -> ChatFigures:
    """Ask every question once, `sockets` at a time, each in a conversation of its own.

    An answer counts as completed when it came to its end and its streamed text equals the stored one, which
    a second connection reads; every other one is lost.
    """
    waiting: asyncio.Queue[str] = asyncio.Queue()
    for question in questions:
        waiting.put_nowait(question)
    exchanges: list[Exchange] = []

    async def visit() -> None:
        visitor = await Visitor.register(url, site)
        await visitor.open()
        while not waiting.empty():
            exchange = await visitor.ask(waiting.get_nowait())
            exchange.stored = (await visitor.stored_texts()).get(exchange.reply, "")
            exchanges.append(exchange)
            await visitor.renew()
        await visitor.close()

    begun = time.perf_counter()
    await asyncio.gather(*(visit() for _ in range(min(sockets, len(questions)))))
    seconds = time.perf_counter() - begun
    first_tokens = sorted(e.first_token for e in exchanges if e.first_token is not None)
    completed = sum(exchange.complete for exchange in exchanges)
    return ChatFigures(
        questions=len(questions),
        sockets=sockets,
        completed=completed,
        lost=len(questions) - completed,
        ttft_p50_ms=_percentile(first_tokens, 50) * 1000,
        ttft_p95_ms=_percentile(first_tokens, 95) * 1000,
        total_p50_ms=_percentile(sorted(e.total for e in exchanges if e.total is not None), 50) * 1000,
        frames_per_second=sum(exchange.frames for exchange in exchanges) / seconds,
        characters_per_second=sum(len(exchange.streamed) for exchange in exchanges) / seconds,
        seconds=seconds,
        replies=tuple(exchange.reply for exchange in exchanges),
    )


def _percentile(ordered: Sequence[float], percent: int) -> float:
    if len(ordered) < 2:
        return ordered[0] if ordered else float("nan")
    return statistics.quantiles(ordered, n=100, method="inclusive")[percent - 1]
