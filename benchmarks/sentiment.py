"""How many texts a second the model server judges, and what that costs the answers that it writes beside."""

import asyncio
import random
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from benchmarks.inference.real_texts import read_passages, retrieved, short_questions
from inference.classifying import ACTIVE

# Messages a second that are judged beside answers; the ratio of the worst of them is the figure.
RATES = (1, 5)
CLIENTS = 8
TEXTS_PER_REQUEST = 16
ANSWER_TOKENS = 24
PROMPT_WORDS = 200
SEED = 11
_SECONDS = 120.0


class SentimentNotMeasured(Exception):
    """The server did not do what was to be measured; the message says what."""


@dataclass(frozen=True, slots=True)
class SentimentPlan:
    """How many texts to judge, and how many questions to ask with each rate of messages beside them."""

    texts: int = 2000
    questions: int = 24


async def measure_sentiment(url: str, api_key: str, plan: SentimentPlan) -> dict[str, Any]:
    """Return the figures of the server at `url`, which ends in /v1.

    Raises SentimentNotMeasured, httpx.HTTPError, or OSError where the texts are missing.
    """
    texts = short_questions(plan.texts)
    prompts = list(retrieved(read_passages(), plan.questions, PROMPT_WORDS, SEED))
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=_SECONDS, trust_env=False) as client:
        server = _Server(client)
        figures = await _throughput(server, texts)
        figures |= await _beside_answers(server, texts, prompts)
    return figures


class _Server:
    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def judge(self, texts: Sequence[str]) -> float:
        """The seconds that it took."""
        begun = time.perf_counter()
        answer = await self.client.post("/classify", json={"model": ACTIVE, "input": list(texts)})
        if answer.status_code != 200 or len(answer.json()["data"]) != len(texts):
            raise SentimentNotMeasured(f"/v1/classify answered {answer.status_code}: {answer.text[:300]}")
        return time.perf_counter() - begun


async def language_model_of(client: httpx.AsyncClient) -> str:
    """Return the name of the language model that the server offers."""
    models = (await client.get("/models")).json()["data"]
    return next(str(model["id"]) for model in models if model.get("kind") == "language")


async def seconds_to_first_token(client: httpx.AsyncClient, model: str, prompt: str) -> float:
    """Return the seconds to the first piece of a short answer, which is read to its end.

    Raises SentimentNotMeasured where no answer begins.
    """
    body = {
        "model": model,
        "messages": [{"role": "user", "content": prompt}],
        "temperature": 0,
        "max_tokens": ANSWER_TOKENS,
        "stream": True,
    }
    begun, first = time.perf_counter(), 0.0
    async with client.stream("POST", "/chat/completions", json=body) as answer:
        async for line in answer.aiter_lines():
            if not first and '"content":' in line and '"content":""' not in line.replace(" ", ""):
                first = time.perf_counter() - begun
    if not first:
        raise SentimentNotMeasured(f"An answer did not begin ({answer.status_code}).")
    return first


async def _throughput(server: _Server, texts: Sequence[str]) -> dict[str, float]:
    """Several clients send a few texts at a time; then each sends one at a time."""
    await server.judge(texts[:TEXTS_PER_REQUEST])
    figures: dict[str, float] = {}
    for name, size in (("texts_per_second", TEXTS_PER_REQUEST), ("single_texts_per_second", 1)):
        count = len(texts) if size > 1 else len(texts) // 4
        requests = [texts[start : start + size] for start in range(0, count, size)]
        waiting = iter(requests)

        async def client(waiting: Any = waiting) -> None:
            for request in waiting:
                await server.judge(request)

        begun = time.perf_counter()
        await asyncio.gather(*(client() for _ in range(CLIENTS)))
        figures[name] = count / (time.perf_counter() - begun)
    return figures


async def _beside_answers(server: _Server, texts: Sequence[str], prompts: Sequence[str]) -> dict[str, float]:
    """Time to the first token of the same questions without and with messages that are judged.

    With them the question itself is judged too, as it is where a visitor writes it. A number before each
    prompt sees to it that none is in the cache.
    """
    model = await language_model_of(server.client)
    chosen = random.Random(SEED)
    first: dict[int, list[float]] = {rate: [] for rate in (0, *RATES)}
    judged: list[float] = []
    await seconds_to_first_token(server.client, model, "Hello")
    for number, prompt in enumerate(prompts):
        order = list(first)
        chosen.shuffle(order)
        for rate in order:
            question = f"{number * len(first) + order.index(rate)}. {prompt}"
            if not rate:
                first[rate].append(await seconds_to_first_token(server.client, model, question))
                continue
            async with _messages(server, texts, rate, judged):
                own = asyncio.create_task(server.judge([prompt.rpartition(": ")[2]]))
                first[rate].append(await seconds_to_first_token(server.client, model, question))
                judged.append(await own)
    ratios = {
        rate: statistics.median(after / before for after, before in zip(first[rate], first[0], strict=True))
        for rate in RATES
    }
    return {
        "ttft_ratio": max(ratios.values()),
        **{f"ttft_ratio_{rate}": ratio for rate, ratio in ratios.items()},
        "ttft_ms": 1000 * statistics.median(first[0]),
        **{f"ttft_ms_{rate}": 1000 * statistics.median(first[rate]) for rate in RATES},
        "judged_p50_ms": 1000 * statistics.median(judged),
        "judged_p95_ms": 1000 * statistics.quantiles(judged, n=20)[-1],
    }


@asynccontextmanager
async def _messages(
    server: _Server, texts: Sequence[str], rate: int, judged: list[float]
) -> AsyncIterator[None]:
    """Let `rate` messages a second come, at random moments, for the block; notes how long each took."""
    chosen = random.Random()
    open_requests: list[asyncio.Task[float]] = []

    async def come() -> None:
        while True:
            await asyncio.sleep(chosen.expovariate(rate))
            open_requests.append(asyncio.create_task(server.judge([chosen.choice(texts)])))

    coming = asyncio.create_task(come())
    # So that what is measured begins in the middle of it.
    await asyncio.sleep(1 / rate)
    try:
        yield
    finally:
        coming.cancel()
        judged += await asyncio.gather(*open_requests)
