"""A tiny model and engines on it, stepped by hand."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from inference.engine.engine import Engine, EngineConfig
from inference.engine.loader import LanguageModel, load
from inference.engine.native.compiler import NoKernels
from inference.engine.request import Output, Request, SamplingParameters
from inference.engine.step_costs import StepCosts
from tests.inference.engine.fake_runner import Clock, FakeRunner
from tests.inference.engine.tiny import write_model


class Asked:
    """A request and all that it delivered."""

    def __init__(
        self, engine: Engine, prompt: list[int], *, timeout: float | None = None, **sampling: object
    ) -> None:
        self.outputs: list[Output] = []
        self.request: Request = engine.submit(
            prompt, SamplingParameters(**sampling), self.outputs.append, timeout=timeout
        )

    @property
    def text(self) -> str:
        return "".join(output.text for output in self.outputs)

    @property
    def last(self) -> Output:
        return self.outputs[-1]


def run(engine: Engine) -> None:
    """Step until nothing is left to do."""
    while engine.has_work:
        engine.step()


def is_idle(engine: Engine) -> bool:
    """Whether nothing of any request is left: no place taken, no block held or promised."""
    pool = engine._pool
    return (
        not engine.has_work
        and not engine._answers
        and not engine._outbox
        and engine.statistics.blocks_used == pool.used == 0
        and pool.available == pool.total
    )


@pytest.fixture(scope="session")
def tiny_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    return write_model(tmp_path_factory.mktemp("llama"))


@pytest.fixture(scope="session")
def tiny_model(tiny_path: Path) -> LanguageModel:
    return load(tiny_path, "fp32")


@pytest.fixture
def make_engine(tiny_model: LanguageModel) -> Callable[..., Engine]:
    def make(**config: object) -> Engine:
        return Engine(tiny_model, EngineConfig(**{"max_batch": 4, "cache_gib": 0.1, **config}))

    return make


@pytest.fixture
def engine(make_engine: Callable[..., Engine]) -> Engine:
    return make_engine()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make_fake(tiny_model: LanguageModel, clock: Clock) -> Callable[..., tuple[Engine, FakeRunner]]:
    """An engine whose runner only says what it was asked to run, and in whose world `clock` is the time."""

    def make(config: dict[str, object] | None = None, **runner: object) -> tuple[Engine, FakeRunner]:
        fake = FakeRunner(clock, **runner)
        model = replace(tiny_model, context_length=4096)
        return Engine(model, EngineConfig(**(config or {})), runner=fake, clock=clock), fake

    return make


@pytest.fixture
def without_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without a compiler: transformers runs what is loaded."""

    def none(**options: object) -> None:
        raise NoKernels("this test has none")

    monkeypatch.setattr("inference.engine.loader.Kernels", none)


@pytest.fixture
def free_drafts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every draft is offered, as if rows cost nothing."""
    monkeypatch.setattr(StepCosts, "seconds", lambda self, rows, prefill=0: 1.0)
