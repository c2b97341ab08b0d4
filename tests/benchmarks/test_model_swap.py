"""The benchmark of a swap, with a tiny model in a model server of its own: no answer is dropped."""

from pathlib import Path

import pytest

from benchmarks import model_swap
from benchmarks.inference.event_client import MODEL_NAME
from benchmarks.inference.server_process import running_server
from tests.inference.engine.tiny import write_model


async def test_a_server_process_takes_another_version_and_drops_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_swap, "ROUNDS", 1)
    folder = write_model(tmp_path / "model", context_length=4096)
    wanted = tmp_path / "wanted.json"
    model_swap._want(wanted, folder, MODEL_NAME)
    with running_server(str(folder), "fp32", wanted) as server:
        figures = await model_swap.measure(server, wanted, folder)

    assert figures["answers_dropped"] == 0
    assert figures["answers_during_swap"] == model_swap.STREAMS + 1
    assert figures["tokens_per_second_two_models"] > 0
