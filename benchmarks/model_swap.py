"""What a swap of the language model costs: answers that stream meanwhile, first tokens, time, memory.

    python -m benchmarks.model_swap [--json FILE]

A model server of its own serves the default model under one name and is told that another version, the same
weights under another name, is the active one. Answers stream before, during and after; each has to come to
its end. A second measurement keeps both, as a canary does, and asks them in turn.
"""

import asyncio
import json
import os
import sys
import tempfile
import time
from argparse import ArgumentParser
from pathlib import Path
from statistics import median
from typing import Any

import django
import httpx
from django.conf import settings

from benchmarks.inference.event_client import MODEL_NAME, Streamed, stream_chat
from benchmarks.inference.server_process import ServerProcess, running_server
from benchmarks.inference.weights import default_weights
from inference.installation.progress import Reporter

RESULT = Path(__file__).parent / "results" / "model_swap.json"
SECOND = "second"
STREAMS = 4
TOKENS = 200
ROUNDS = 6
_SWAP_SECONDS = 120.0
_MESSAGES = [{"role": "user", "content": "How long does a transfer take, and what does it cost?"}]


async def measure(server: ServerProcess, wanted: Path, folder: Path) -> dict[str, Any]:
    """Return the figures; `wanted` is the file in which the server reads what it shall serve."""
    await _ask(server.port, MODEL_NAME, 20)
    calm = [await _round(server.port, [MODEL_NAME] * STREAMS) for _each in range(ROUNDS)]
    running = [asyncio.create_task(_ask(server.port, MODEL_NAME, 2 * TOKENS)) for _each in range(STREAMS)]
    await asyncio.sleep(0.5)
    beside = [await _ask(server.port, MODEL_NAME, 5) for _each in range(ROUNDS)]
    await asyncio.gather(*running)
    server.rss_mb = 0.0
    await asyncio.sleep(1.5)
    before_mb = server.rss_mb
    running = [asyncio.create_task(_ask(server.port, MODEL_NAME, 4 * TOKENS)) for _each in range(STREAMS)]
    await asyncio.sleep(0.5)
    began = time.perf_counter()
    _want(wanted, folder, SECOND)
    meanwhile: list[Streamed] = []
    while (names := await _models(server.port))[0] != SECOND:
        if time.perf_counter() - began > _SWAP_SECONDS:
            raise RuntimeError(f"The server did not take the other version: {names}.")
        meanwhile.append(await _ask(server.port, MODEL_NAME, 5))
    swap_seconds = time.perf_counter() - began
    after = [await _ask(server.port, SECOND, TOKENS)]
    answers = [*await asyncio.gather(*running), *after]
    peak_mb = server.rss_mb
    await asyncio.sleep(2.0)
    server.rss_mb = 0.0
    await asyncio.sleep(1.5)
    after_mb = server.rss_mb
    _want(wanted, folder, SECOND, MODEL_NAME)
    began = time.perf_counter()
    while len(await _models(server.port)) < 2:
        if time.perf_counter() - began > _SWAP_SECONDS:
            raise RuntimeError("The server did not load a second version beside the first.")
        await asyncio.sleep(0.1)
    both = [await _round(server.port, [SECOND, MODEL_NAME] * (STREAMS // 2)) for _each in range(ROUNDS)]
    first = median(map(_first, beside))
    return {
        "answers_during_swap": len(answers),
        "answers_dropped": sum(not answer.complete for answer in answers),
        "swap_seconds": round(swap_seconds, 2),
        "first_token_ms": round(1000 * first, 1),
        "first_token_ratio_while_loading": (
            round(median(map(_first, meanwhile)) / first, 2) if meanwhile else None
        ),
        "resident_mb_before": round(before_mb),
        "resident_mb_peak": round(peak_mb),
        "resident_mb_after": round(after_mb),
        "tokens_per_second_one_model": round(median(map(_rate, calm)), 1),
        "tokens_per_second_two_models": round(median(map(_rate, both)), 1),
        "streams": STREAMS,
    }


async def _round(port: int, models: list[str]) -> list[Streamed]:
    return list(await asyncio.gather(*(_ask(port, model, TOKENS) for model in models)))


async def _ask(port: int, model: str, tokens: int) -> Streamed:
    return await stream_chat(port, _MESSAGES, model=model, max_tokens=tokens, ignore_eos=True)


def _first(streamed: Streamed) -> float:
    return streamed.arrivals[1] - streamed.sent if len(streamed.arrivals) > 1 else float("inf")


def _rate(answers: list[Streamed]) -> float:
    begun, ended = min(one.sent for one in answers), max(one.arrivals[-1] for one in answers)
    return sum(one.tokens for one in answers) / (ended - begun)


async def _models(port: int) -> list[str]:
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        answer = await client.get(f"http://127.0.0.1:{port}/v1/models")
    return [model["id"] for model in answer.json()["data"]]


def _want(file: Path, folder: Path, active: str, canary: str = "") -> None:
    """Tell the server; renamed in one step, so that it never reads half a file."""
    written = file.with_suffix(".new")
    written.write_text(json.dumps({"active": active, "canary": canary, "folder": str(folder)}))
    written.rename(file)


def main() -> int:
    """Measure and write the results; return how many answers were dropped."""
    parser = ArgumentParser()
    parser.add_argument("--json", type=Path, default=RESULT)
    target = parser.parse_args().json
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatbot.settings")
    django.setup()
    folder = default_weights(settings.DATA_DIR, Reporter(print)).folder
    with tempfile.TemporaryDirectory() as scratch:
        wanted = Path(scratch) / "wanted.json"
        _want(wanted, folder, MODEL_NAME)
        with running_server(str(folder), "auto", wanted) as server:
            figures = asyncio.run(measure(server, wanted, folder))
    target.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=2))
    return int(figures["answers_dropped"])


if __name__ == "__main__":
    sys.exit(main())
