"""A tiny model and dialogues, and the program that measures one by the other."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from inference.training.evaluate.__main__ import main
from tests.inference.training.language.tiny_training import write_base, write_data


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    return write_base(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"), test=12)


@pytest.fixture
def measured(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Callable[..., list[dict[str, Any]]]:
    """Run the program in this process and return the lines that it told; its rows lie in rows.jsonl."""

    def run(*told: object) -> list[dict[str, Any]]:
        main([*map(str, told), "--rows", str(tmp_path / "rows.jsonl"), "--threads", "1"])
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return run
