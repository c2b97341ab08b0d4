"""Weights are what their header says, to the last byte, or they are refused in one sentence."""

import os
import struct
from pathlib import Path

import pytest

from inference.installation.errors import InstallationError
from inference.installation.headers import read_header, read_metadata
from inference.installation.safety import require_safe_model
from inference.installation.weights import PACKED_FORMAT, inspect_weights
from tests.inference.installation.bad_models import (
    ABSURD,
    pickled,
    tensor,
    torch_archive,
    write_safetensors,
)


@pytest.mark.parametrize("claim", ABSURD.values(), ids=ABSURD.keys())
def test_a_header_with_absurd_claims_is_refused(claim, tmp_path: Path):
    file = tmp_path / "model.safetensors"
    write_safetensors(file, claim, bytes(8))

    with pytest.raises(InstallationError, match="not a complete safetensors file"):
        read_header(file)


def test_the_same_header_with_true_claims_is_read(tmp_path: Path):
    file = tmp_path / "model.safetensors"
    write_safetensors(file, {"__metadata__": {"format": "pt"}, "w": tensor([2], 0, 8)}, bytes(8))

    assert read_header(file)["w"].count == 2
    assert read_metadata(file) == {"format": "pt"}


@pytest.mark.parametrize(
    "start",
    [b"", b"\x08", struct.pack("<Q", 2**63), struct.pack("<Q", 40) + b"{", struct.pack("<Q", 6) + b"[" * 6],
    ids=["nothing", "one byte", "a header of exabytes", "a header cut short", "brackets"],
)
def test_a_file_that_ends_too_early_is_refused(start: bytes, tmp_path: Path):
    file = tmp_path / "model.safetensors"
    file.write_bytes(start)

    with pytest.raises(InstallationError, match="not a complete safetensors file"):
        read_header(file)


def test_a_header_of_a_million_brackets_is_refused(tmp_path: Path):
    file = tmp_path / "model.safetensors"
    header = b'{"w": ' + b"[" * 1_000_000
    file.write_bytes(struct.pack("<Q", len(header)) + header)

    with pytest.raises(InstallationError, match="not a complete safetensors file"):
        read_header(file)


def test_weights_that_were_cut_short_are_refused(tiny_model: Path):
    file = tiny_model / "model.safetensors"
    os.truncate(file, file.stat().st_size - 1)

    with pytest.raises(InstallationError, match="not a complete safetensors file"):
        require_safe_model(tiny_model)


@pytest.mark.parametrize("protocol", range(6))
def test_a_pickle_that_calls_itself_safetensors_is_named_and_never_opened(
    protocol: int, tiny_model: Path, tmp_path: Path
):
    (tiny_model / "model.safetensors").write_bytes(pickled(tmp_path / "ran", protocol))

    with pytest.raises(InstallationError, match="a pickle file under another name"):
        require_safe_model(tiny_model)
    assert not (tmp_path / "ran").exists()


def test_an_archive_of_torch_that_calls_itself_safetensors_is_named(tiny_model: Path, tmp_path: Path):
    torch_archive(tiny_model / "model.safetensors", tmp_path / "ran")

    with pytest.raises(InstallationError, match="an archive, as torch.save writes it"):
        require_safe_model(tiny_model)
    assert not (tmp_path / "ran").exists()


def test_packed_weights_say_how_many_they_are(tmp_path: Path):
    facts = {"format": PACKED_FORMAT, "precision": "int4", "parameters": "135000000"}
    write_safetensors(
        tmp_path / "packed.safetensors", {"__metadata__": facts, "w": tensor([8], 0, 8, "U8")}, bytes(8)
    )

    found = inspect_weights(tmp_path)

    assert (found.dtype, found.parameters) == ("int4", 135_000_000)
