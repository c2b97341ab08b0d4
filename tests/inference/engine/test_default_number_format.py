"""While another model loads, torch's default number format is another one; no running work may mind."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from inference.engine.engine import Engine, EngineConfig
from inference.engine.loader import load
from inference.engine.sentiment_network import load_network
from tests.inference.engine.conftest import Asked, run
from tests.inference.engine.tiny import write_model
from tests.inference.tiny_head import write_base, write_head

PROMPT = [5, 6, 7, 8, 9]


@pytest.fixture
def half() -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float16)
    yield
    torch.set_default_dtype(before)


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return Engine(load(write_model(tmp_path), "int8"), EngineConfig(context_length=64))


def test_an_answer_stays_the_same(engine: Engine, request: pytest.FixtureRequest) -> None:
    def answer() -> list[int]:
        asked = Asked(engine, PROMPT, max_tokens=12, temperature=0)
        run(engine)
        return list(asked.request.output)

    before = answer()
    request.getfixturevalue("half")
    assert answer() == before and len(before) > 0


def test_a_head_that_loads_meanwhile_is_the_same(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    base, head = write_base(tmp_path / "base"), write_head(tmp_path / "head")

    def verdict() -> list[float]:
        (found,) = load_network(base, head, torch.float32).classify(["the lamp is good"])
        return found

    before = verdict()
    request.getfixturevalue("half")
    assert verdict() == pytest.approx(before, abs=1e-6)


def test_a_second_head_changes_no_default_and_leaves_the_first_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = write_base(tmp_path / "base")
    first = load_network(base, write_head(tmp_path / "1", seed=1), torch.float32)
    before = first.classify(["the lamp is good"])
    set_to: list[torch.dtype] = []
    monkeypatch.setattr(torch, "set_default_dtype", set_to.append)
    second = load_network(base, write_head(tmp_path / "2", seed=2), torch.float32)

    assert set_to == [] and first.classify(["the lamp is good"]) == before
    assert second.classify(["the lamp is good"]) != before
