"""What a model takes where it is served.

`python -m inference.training.language.footprint FOLDER THREADS [PRECISION]` prints one line of JSON.
It is a process of its own, so that no other network's memory is counted.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

PROJECT = Path(__file__).resolve().parents[3]
PROMPT = 64
TOKENS = 96
ROUNDS = 3


class NotMeasured(Exception):
    """The process ended without figures; the message is its own last line."""


@dataclass(frozen=True, slots=True)
class Footprint:
    """What the weights of a model take on disk and in memory, in bytes, and how fast it is alone.

    `tokens_per_second` are those of one answer without guesses, the median of rounds.
    """

    file_bytes: int
    resident_bytes: int
    load_seconds: float
    tokens_per_second: float
    precision: str
    runner: str


def footprint_of(folder: Path, threads: int = 1, precision: str = "auto") -> Footprint:
    """Measure the model in `folder` in a fresh process; raises NotMeasured."""
    module = "inference.training.language.footprint"
    command = [sys.executable, "-m", module, str(folder), str(threads), precision]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    lines = done.stdout.splitlines() if done.returncode == 0 else []
    if not lines:
        raise NotMeasured((done.stderr.strip().splitlines() or [f"status {done.returncode}"])[-1])
    return Footprint(**json.loads(lines[-1]))


def measure(folder: Path, threads: int, precision: str) -> Footprint:
    """Load the model as the server does and let it answer; raises LoadError."""
    import torch

    from inference.engine.engine import Engine, EngineConfig
    from inference.engine.loader import Precision, load
    from inference.engine.native.compiler import NoKernels
    from inference.engine.native.kernels import Kernels
    from inference.engine.request import SamplingParameters

    torch.set_num_threads(threads)
    with contextlib.suppress(NoKernels):
        # What is done once for all models is not this model's: kernels are compiled, libraries opened.
        Kernels(threads=threads)
    before = _resident()
    began = time.perf_counter()
    model = load(folder, cast(Precision, precision), threads=threads)
    loaded = time.perf_counter() - began
    engine = Engine(model, EngineConfig(max_batch=1, cache_gib=0.03, context_length=256, speculate=False))
    sampling = SamplingParameters(max_tokens=TOKENS, temperature=0, ignore_eos=True)
    rates: list[float] = []
    for number in range(ROUNDS + 1):
        # Another beginning each time, so that nothing is found in the cache.
        prompt = [(7 * place + 13 * number) % (model.vocabulary - 1) for place in range(PROMPT)]
        request = engine.submit(prompt, sampling, lambda _output: None)
        while not request.output:
            engine.step()
        begun, first = time.perf_counter(), len(request.output)
        while engine.has_work:
            engine.step()
        rates.append((len(request.output) - first) / (time.perf_counter() - begun))
    return Footprint(
        file_bytes=sum(file.stat().st_size for file in folder.glob("*.safetensors")),
        resident_bytes=_resident() - before,
        load_seconds=round(loaded, 3),
        # The first round also pays for what is done once.
        tokens_per_second=round(sorted(rates[1:])[ROUNDS // 2], 2),
        precision=model.precision,
        runner=engine.runner_name,
    )


def _resident() -> int:
    """Bytes of this process in memory, mapped files among them."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


if __name__ == "__main__":
    from transformers.utils import logging

    logging.disable_progress_bar()
    folder, threads, *precision = sys.argv[1:]
    print(json.dumps(asdict(measure(Path(folder), int(threads), *(precision or ["auto"])))), flush=True)
