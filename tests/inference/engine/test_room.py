"""What a model will take of the memory is told from its files, without loading it."""

import json
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from inference.engine import room
from inference.engine.cache_size import AUTOMATIC_BYTES
from inference.engine.room import bytes_free, bytes_to_load
from tests.inference.engine.tiny import write_model


def test_stored_and_packed_weights_and_the_cache_are_counted(tmp_path: Path) -> None:
    folder = write_model(tmp_path)
    stored = (folder / "model.safetensors").stat().st_size
    with safe_open(folder / "model.safetensors", "pt") as file:
        weights = sum(file.get_tensor(name).numel() for name in file.keys())  # noqa: SIM118  no mapping
    assert bytes_to_load(folder, "bf16", 0.5) == stored + 2 * weights + 2**29
    assert bytes_to_load(folder, "fp32") == stored + 4 * weights + AUTOMATIC_BYTES


def test_a_long_context_of_a_large_model_needs_a_larger_cache(tmp_path: Path) -> None:
    folder = write_model(tmp_path)
    config = json.loads((folder / "config.json").read_text())
    large = {**config, "num_hidden_layers": 64, "num_key_value_heads": 8, "head_dim": 128}
    (folder / "config.json").write_text(json.dumps(large))
    assert bytes_to_load(folder, "fp32") > bytes_to_load(write_model(tmp_path / "small"), "fp32") + 2**29


def test_a_folder_without_a_model_raises(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(1)}, tmp_path / "model.safetensors")
    with pytest.raises(OSError):
        bytes_to_load(tmp_path, "auto")


def test_a_container_s_limit_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, text in (
        ("memory.max", "1000000000"),
        ("memory.current", "900000000"),
        ("memory.stat", "anon 1\ninactive_file 300000000\n"),
    ):
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(room, "_CGROUP", tmp_path)
    monkeypatch.setattr(room, "_SPARE_BYTES", 0)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(room, "_free_in_machine", lambda: 10**10)
    assert bytes_free() == 400_000_000
    (tmp_path / "memory.max").write_text("max")
    assert bytes_free() > 400_000_000
