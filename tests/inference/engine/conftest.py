"""A tiny model and engines on it, stepped by hand."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from inference.engine.engine import Engine, EngineConfig
from inference.engine.loader import LanguageModel, load
from inference.engine.request import Output, Request, SamplingParameters
from tests.inference.engine.tiny import write_model


class Asked:
    """A request and all that it delivered."""

    def __init__(self, engine: Engine, prompt: list[int], **sampling: object) -> None:
        self.outputs: list[Output] = []
        self.request: Request = engine.submit(prompt, SamplingParameters(**sampling), self.outputs.append)

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
