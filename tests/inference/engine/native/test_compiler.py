"""The kernels are compiled once; without a compiler the engine says so and does without."""

import logging
from pathlib import Path

import pytest

from inference.engine.loader import load
from inference.engine.native.compiler import NoKernels, load_library
from tests.inference.engine.tiny import write_model


def test_a_library_is_compiled_once(kernels: object, tmp_path: Path) -> None:
    load_library(tmp_path)
    (library,) = tmp_path.iterdir()
    made = library.stat().st_mtime_ns

    load_library(tmp_path)

    assert [file.stat().st_mtime_ns for file in tmp_path.iterdir()] == [made]


def test_a_broken_library_is_named_and_made_again_next_time(kernels: object, tmp_path: Path) -> None:
    load_library(tmp_path / "whole")
    (library,) = (tmp_path / "whole").iterdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / library.name).write_bytes(b"half a library")

    with pytest.raises(NoKernels, match="cannot be loaded"):
        load_library(tmp_path / "broken")
    assert load_library(tmp_path / "broken")


def test_without_a_compiler_the_model_loads_and_the_log_says_what_would_help(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)

    with caplog.at_level(logging.WARNING):
        model = load(write_model(tmp_path / "model"), "int8")

    assert model.native is None
    assert model.precision in ("fp32", "bf16")
    assert "install g++" in caplog.text


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(NoKernels, match="cannot be compiled"):
        load_library(tmp_path / "file" / "cache")
