"""`python -m benchmarks.training_beside_chat --json FILE`: what a training costs the answers beside it.

The same questions are asked of the model server with a fine-tuning at work as the worker runs it, and with
that fine-tuning held still (SIGSTOP) the moment before. The figure is the median of the ratios of the two
times to the first token, for each way to step back (`TRAINING_PRIORITY`), with how much training is left.
"""

import asyncio
import json
import os
import random
import signal
import statistics
import sys
import threading
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from benchmarks.inference.real_texts import read_passages, retrieved
from benchmarks.installation import NotReady
from benchmarks.model_server import running_model_server
from benchmarks.sentiment import SentimentNotMeasured, language_model_of, seconds_to_first_token
from benchmarks.sgd_dialogues import SGD, write_sgd
from benchmarks.training_programs import flags, installed
from inference import training_process
from inference.training_process import Line, TrainingFailed, TrainingStopped

NAME = "training_beside_chat"
LANGUAGE_MODEL = "SmolLM2-135M-Instruct"
URL = "http://127.0.0.1:8001/v1"
PRIORITIES = ("idle", "low")
QUESTIONS = 24
PROMPT_WORDS = 200
SEED = 13
# A training never ends by itself while it is measured.
SETTINGS: dict[str, object] = {"epochs": 100, "longest": 512, "checkpoint_every": 10_000}
_WARM_UP_SECONDS = 300.0
_SETTLE_SECONDS = 0.4
_ALONE_SECONDS = 30.0


def measure_training_beside_chat(results: Path) -> bool:
    """Write `training_beside_chat.json` into `results`; return whether it succeeded, or there is no data."""
    if not SGD.is_dir():
        print(f"Benchmark {NAME}: left out, there is no {SGD}.", flush=True)
        return True
    print(f"Benchmark {NAME}", flush=True)
    return main(["--json", str(results / f"{NAME}.json")]) == 0


def main(arguments: Sequence[str]) -> int:
    """Measure and write the figures; returns 1, after a sentence, where something did not come up."""
    parser = ArgumentParser(prog=f"python -m benchmarks.{NAME}")
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--data-dir", type=Path, default=Path(os.environ.get("DATA_DIR", "data")))
    parser.add_argument("--url", default=URL)
    parser.add_argument("--questions", type=int, default=QUESTIONS)
    parser.add_argument("--threads", type=int, default=0, help="0: as many as the worker would take")
    options = parser.parse_args(arguments)
    threads = training_process.threads_beside_chat(options.threads)
    figures: dict[str, Any] = {"training_threads": threads, "cores": len(os.sched_getaffinity(0))}
    try:
        with running_model_server(options.url), TemporaryDirectory() as scratch:
            folder = Path(scratch)
            write_sgd(folder / "sgd")
            base = installed(LANGUAGE_MODEL, options.data_dir)
            for priority in PRIORITIES:
                with _training(base, folder, priority, threads) as training:
                    found = asyncio.run(_beside(training, options.url, options.questions))
                figures |= {f"{name}_{priority}": value for name, value in found.items()}
    except (NotReady, SentimentNotMeasured, TrainingFailed, httpx.HTTPError) as problem:
        print(problem, file=sys.stderr)
        return 1
    figures["ttft_ratio"] = figures["ttft_ratio_idle"]
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=2))
    return 0


class _Training:
    """A training program at work in a thread of its own; `steps` are those that it has made."""

    def __init__(self) -> None:
        self.steps = 0
        self.is_wanted = True
        self.pid = 0
        self.failure: BaseException | None = None

    def take(self, line: Line) -> None:
        self.steps = int(line.get("step", self.steps))

    def hold_still(self) -> None:
        os.killpg(self.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        os.killpg(self.pid, signal.SIGCONT)


@contextmanager
def _training(base: Path, folder: Path, priority: str, threads: int) -> Iterator[_Training]:
    """Keep a fine-tuning of `base` at work for the block, begun when it has made its first steps."""
    training = _Training()
    said = ("--base", base, "--data", folder / "sgd", "--out", folder / "never", "--threads", threads)
    command = [sys.executable, "-m", "inference.training.finetune", *map(str, said), *flags(SETTINGS)]

    def work() -> None:
        try:
            training_process.run(
                command,
                folder=folder,
                home=Path.cwd(),
                threads=threads,
                on_line=training.take,
                should_stop=lambda: not training.is_wanted,
                priority=priority,
            )
        except BaseException as error:
            training.failure = None if isinstance(error, TrainingStopped) else error

    before = _children()
    worker = threading.Thread(target=work)
    worker.start()
    try:
        deadline = time.monotonic() + _WARM_UP_SECONDS
        while training.steps < 2:
            if training.failure is not None or time.monotonic() > deadline:
                raise training.failure or NotReady("The training has not begun to learn in time.")
            time.sleep(0.2)
        (training.pid,) = _children() - before
        yield training
    finally:
        training.is_wanted = False
        with suppress(ProcessLookupError, PermissionError):
            if training.pid:
                training.go_on()
        worker.join()


def _children() -> set[int]:
    """The processes that this one has started."""
    tasks = Path("/proc/self/task").glob("*/children")
    return {int(pid) for task in tasks for pid in task.read_text().split()}


async def _beside(training: _Training, url: str, count: int) -> dict[str, float]:
    """Ask each question twice, in either order: beside the training, and with it held still."""
    chosen = random.Random(SEED)
    prompts = list(retrieved(read_passages(), count, PROMPT_WORDS, SEED))
    first: dict[bool, list[float]] = {True: [], False: []}
    async with httpx.AsyncClient(base_url=url, timeout=120.0, trust_env=False) as client:
        model = await language_model_of(client)
        await seconds_to_first_token(client, model, "Hello")
        steps, begun = training.steps, time.perf_counter()
        await asyncio.sleep(_ALONE_SECONDS)
        alone = (training.steps - steps) / (time.perf_counter() - begun)
        for number, prompt in enumerate(prompts):
            for turn, beside in enumerate(chosen.sample((True, False), 2)):
                training.go_on() if beside else training.hold_still()
                await asyncio.sleep(_SETTLE_SECONDS)
                # A number before each question sees to it that none is in the cache.
                question = f"{number * 2 + turn}. {prompt}"
                first[beside].append(await seconds_to_first_token(client, model, question))
        training.go_on()
        steps, begun = training.steps, time.perf_counter()
        while time.perf_counter() - begun < _ALONE_SECONDS:
            await seconds_to_first_token(client, model, f"{time.time()} {chosen.choice(prompts)}")
        busy = (training.steps - steps) / (time.perf_counter() - begun)
    ratios = [beside / still for beside, still in zip(first[True], first[False], strict=True)]
    return {
        "ttft_ratio": statistics.median(ratios),
        "ttft_ratio_p90": statistics.quantiles(ratios, n=10)[-1],
        "ttft_ms_without": 1000 * statistics.median(first[False]),
        "ttft_ms_beside": 1000 * statistics.median(first[True]),
        "steps_a_minute_alone": 60 * alone,
        "steps_a_minute_while_it_answers": 60 * busy,
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
