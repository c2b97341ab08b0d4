"""Models that were packed, or whose layers share, are installed like any other, and answer."""

import shutil
from pathlib import Path

import pytest

from inference.catalog import load_catalog
from inference.engine.loader import load
from inference.engine.native.packed_file import NAME
from inference.installation.errors import InstallationError
from inference.installation.manifest import read_manifest
from inference.installation.preparation import Places, Prepared, prepare
from inference.installation.progress import Reporter
from inference.installation.targets import resolve
from tests.inference.engine.greedy import engine_says
from tests.inference.engine.small_folders import write_packed_model, write_shared_model

PARAMETERS = 133568
# What the second layer's attention and the third's rest would take: they use those of others.
SHARED = 2 * 64 * 64 + 2 * 64 * 32 + 3 * 64 * 96


def install(path: Path, places: Places) -> Prepared:
    return prepare(resolve(str(path), load_catalog()), places, Reporter(print))


@pytest.mark.parametrize(("shares", "parameters"), [(False, PARAMETERS), (True, PARAMETERS - SHARED)])
def test_a_packed_model_is_installed_with_its_parameters_and_precision(
    places: Places, tmp_path: Path, shares: bool, parameters: int
):
    prepared = install(write_packed_model(tmp_path, "int4", shares=shares), places)
    folder = places.models / prepared.path
    assert (prepared.manifest.dtype, prepared.manifest.parameters) == ("int4", parameters)
    assert (prepared.manifest.kind, prepared.manifest.context_length) == ("language", 256)
    assert read_manifest(folder) == prepared.manifest
    assert engine_says(load(folder, threads=1)) == engine_says(load(tmp_path / "packed", threads=1))


def test_a_model_whose_layers_share_is_installed_with_what_it_holds(places: Places, tmp_path: Path):
    prepared = install(write_shared_model(tmp_path), places)
    assert (prepared.manifest.dtype, prepared.manifest.parameters) == ("float32", PARAMETERS - SHARED)
    installed = load(places.models / prepared.path, "fp32", threads=1)
    assert engine_says(installed) == engine_says(load(tmp_path / "shared", "fp32", threads=1))


def test_a_packed_file_cut_short_is_refused(places: Places, tmp_path: Path):
    folder = write_packed_model(tmp_path, "int8")
    (folder / NAME).write_bytes((folder / NAME).read_bytes()[:-1])
    with pytest.raises(InstallationError, match="complete safetensors"):
        install(folder, places)
    assert not list(places.models.glob("*/"))


def test_a_packed_model_without_its_configuration_is_refused(places: Places, tmp_path: Path):
    folder = write_packed_model(tmp_path, "int8")
    shutil.move(folder / "config.json", tmp_path / "elsewhere.json")
    with pytest.raises(InstallationError, match=r"config\.json is missing"):
        install(folder, places)
