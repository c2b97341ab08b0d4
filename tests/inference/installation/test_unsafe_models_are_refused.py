import json
from pathlib import Path

import pytest

from inference.catalog import load_catalog
from inference.installation.errors import InstallationError
from inference.installation.preparation import Places, prepare
from inference.installation.progress import Reporter
from inference.installation.safety import PICKLE_SUFFIXES
from inference.installation.targets import resolve


def refusal(path: Path, places: Places) -> str:
    with pytest.raises(InstallationError) as refused:
        prepare(resolve(str(path), load_catalog()), places, Reporter(print))
    assert not list(places.models.glob("*/")), "something was left behind"
    return str(refused.value)


@pytest.mark.parametrize("suffix", sorted(PICKLE_SUFFIXES))
def test_pickled_weights_are_refused(suffix: str, tiny_model: Path, places: Places):
    (tiny_model / "model.safetensors").rename(tiny_model / f"pytorch_model{suffix}")
    assert "pickle file" in refusal(tiny_model, places)


def test_a_single_pickle_file_is_refused(tmp_path: Path, places: Places):
    path = tmp_path / "model.pt"
    path.write_bytes(b"\x80\x04.")
    assert "pickle file" in refusal(path, places)


def test_a_pickle_beside_safetensors_is_left_out(tiny_model: Path, places: Places):
    (tiny_model / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    prepared = prepare(resolve(str(tiny_model), load_catalog()), places, Reporter(print))
    assert not list((places.models / prepared.path).glob("*.bin"))


@pytest.mark.parametrize("file", ["config.json", "tokenizer_config.json"])
def test_a_model_that_asks_for_its_own_code_is_refused(file: str, tiny_model: Path, places: Places):
    config = json.loads((tiny_model / file).read_text())
    config["auto_map"] = {"AutoModel": "modeling.Model"}
    (tiny_model / file).write_text(json.dumps(config))
    assert "auto_map" in refusal(tiny_model, places)


def test_a_model_that_brings_python_files_is_refused(tiny_model: Path, places: Places):
    (tiny_model / "modeling.py").write_text("raise SystemExit('ran')")
    assert "brings its own code (modeling.py)" in refusal(tiny_model, places)


def test_broken_json_is_refused(tiny_model: Path, places: Places):
    (tiny_model / "config.json").write_text("{")
    assert "not valid JSON" in refusal(tiny_model, places)


def test_a_file_that_only_claims_to_be_gguf_is_refused(tmp_path: Path, places: Places):
    path = tmp_path / "fake.gguf"
    path.write_bytes(b"\x80\x04 no weights here")
    assert "neither a GGUF file nor" in refusal(path, places)
