"""The measurement of `manage.py benchmark inference`: ours and theirs in turns, in rounds."""

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.inference.children import MeasurementFailed, run_child
from benchmarks.inference.figures import Values, best_settings, medians, ratios, rounded
from benchmarks.inference.http_load import http_rate
from benchmarks.inference.poisson import poisson
from benchmarks.inference.server_process import running_server
from benchmarks.inference.weights import Weights
from benchmarks.inference.workload import Workload
from inference.server.threads import default_threads

PRECISIONS = ("bf16", "int8", "int4", "fp32")
LAYOUTS = ("repacked", "plain")
QUIET_LOAD = 0.5


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure. `llama_python` has llama-cpp-python, or is missing; seconds of 0 leave Poisson out."""

    weights: Weights
    llama_python: Path
    precision: str = "auto"
    rounds: int = 3
    poisson_seconds: float = 300.0


@dataclass(slots=True)
class _Run:
    """A measurement as it goes on: what came out so far, and what has to be said about it."""

    plan: Plan
    workload: Path
    say: Callable[[str], object]
    values: Values = field(default_factory=dict)
    llama: dict[str, Values] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    given_up: set[str] = field(default_factory=set)
    runner: str = ""
    rss_mb: float = 0.0

    def ours(self, module: str) -> None:
        """One of our own measurements; raises MeasurementFailed."""
        self.say(f"  {module}")
        figures = run_child(module, str(self.workload), self.plan.precision)
        self.runner = figures.pop("runner", self.runner)
        _add(self.values, figures)

    def baseline(self, name: str) -> None:
        """A baseline on transformers; one that fails is left out from then on, and a note says why."""
        if name in self.given_up:
            return
        self.say(f"  {name}")
        try:
            figures = run_child(f"{name}_baseline", str(self.workload))
        except MeasurementFailed as error:
            self._give_up(name, str(error))
        else:
            _add(self.values, figures, suffix=f"_{name}")

    def llama_cpp(self) -> None:
        """llama.cpp with each number of threads and each layout of the weights that works here."""
        gguf, python = self.plan.weights.gguf, self.plan.llama_python
        if gguf is None or not python.is_file():
            missing = f"{python} is missing (`make bench` builds it)" if gguf else "there is no GGUF file"
            self._give_up("llama_cpp", f"llama.cpp was not measured: {missing}.")
            return
        for layout in LAYOUTS:
            for threads in sorted({1, default_threads()}):
                setting = f"{threads} threads, {layout}"
                if layout in self.given_up:
                    continue
                self.say(f"  llama.cpp with {setting}")
                try:
                    figures = run_child(
                        "llama_cpp_baseline",
                        *(str(self.workload), str(gguf), str(threads), layout),
                        python=str(python),
                    )
                except MeasurementFailed as error:
                    self._give_up(layout, f"llama.cpp with weights {layout}: {error}.")
                else:
                    _add(self.llama.setdefault(setting, {}), figures)

    def server(self, *, with_poisson: bool) -> None:
        """The HTTP server beside the engine alone, and at the end visitors who come by chance."""
        self.ours("our_direct")
        self.say("  our server over HTTP")
        workload = Workload.read(self.workload)
        with running_server(workload.model, self.plan.precision) as server:
            rate = asyncio.run(http_rate(server.port, workload.questions))
            direct = self.values["direct_16"][-1]
            _add(self.values, {"http_16": rate, "http_ratio": rate / direct})
            if with_poisson and self.plan.poisson_seconds > 0:
                self.say(f"  Poisson arrivals for {self.plan.poisson_seconds:.0f} s")
                _add(
                    self.values,
                    asyncio.run(poisson(server.port, workload.retrieved, self.plan.poisson_seconds)),
                )
            self.rss_mb = max(self.rss_mb, server.rss_mb)

    def perplexities(self) -> None:
        for precision in PRECISIONS:
            self.say(f"  perplexity in {precision}")
            try:
                _add(self.values, run_child("perplexity", str(self.workload), precision))
            except MeasurementFailed as error:
                self.notes.append(f"perplexity_{precision} is missing: {error}.")

    def _give_up(self, name: str, why: str) -> None:
        if name not in self.given_up:
            self.given_up.add(name)
            self.notes.append(why)
            self.say(f"  {why}")


def measure_inference(plan: Plan, say: Callable[[str], object]) -> dict[str, Any]:
    """All figures of docs/benchmarks.md, medians over the rounds, whose own values are under `rounds`.

    Raises MeasurementFailed where our own engine or server cannot be measured; a baseline that cannot is
    absent, and a sentence under `notes` says why.
    """
    # A benchmark that is told to end takes its children along.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    with tempfile.TemporaryDirectory() as folder:
        run = _Run(plan, Path(folder) / "workload.json", say)
        _note_load(run)
        run_child("tokenising", str(plan.weights.folder), str(run.workload))
        for number in range(1, plan.rounds + 1):
            say(f"Round {number} of {plan.rounds}")
            run.ours("our_throughput")
            run.llama_cpp()
            run.baseline("generate")
            run.baseline("continuous_batching")
            run.ours("our_latency")
            run.ours("busy_core")
            run.server(with_poisson=number == plan.rounds)
        run.perplexities()
        return _figures(run)


def _figures(run: _Run) -> dict[str, Any]:
    theirs, chosen = best_settings(run.llama)
    values = {**run.values, **{f"{name}_llama_cpp": found for name, found in theirs.items()}}
    figures = medians(values)
    if run.rss_mb:
        figures["rss_mb"] = run.rss_mb
    settings = {
        "model": run.plan.weights.folder.parent.name,
        "precision": run.plan.precision,
        "runner": run.runner,
        "threads": default_threads(),
        "cores": os.cpu_count(),
        "rounds": run.plan.rounds,
        "poisson_seconds": run.plan.poisson_seconds,
        "llama_cpp": chosen,
    }
    return rounded(
        {
            **figures,
            **ratios(figures),
            "settings": settings,
            "notes": run.notes,
            "rounds": values,
            "llama_cpp_settings": run.llama,
        }
    )


def _note_load(run: _Run) -> None:
    load = os.getloadavg()[0]
    state = "quiet" if load < QUIET_LOAD else "busy, so the figures are too low"
    run.notes.append(f"The load average of one minute was {load:.2f} at the start: the machine was {state}.")


def _add(values: Values, figures: dict[str, float], suffix: str = "") -> None:
    for name, value in figures.items():
        values.setdefault(name + suffix, []).append(value)
