import hashlib
import json
from pathlib import Path

import pytest

from inference.catalog import load_catalog
from inference.installation.errors import InstallationError
from inference.installation.manifest import read_manifest
from inference.installation.preparation import Places, Prepared, prepare
from inference.installation.progress import Reporter
from inference.installation.targets import resolve
from tests.inference.installation.tiny_model import write_tiny_model


def install(path: Path, places: Places, **options: str) -> Prepared:
    return prepare(resolve(str(path), load_catalog(), **options), places, Reporter(print))


def test_a_folder_is_copied_and_described(tiny_model: Path, places: Places):
    prepared = install(tiny_model, places)

    folder = places.models / prepared.path
    weights = (tiny_model / "model.safetensors").read_bytes()
    assert (folder / "model.safetensors").read_bytes() == weights
    assert prepared.manifest.sha256 == hashlib.sha256(weights).hexdigest()
    assert prepared.manifest.parameters == 40
    assert (prepared.manifest.dtype, prepared.manifest.kind) == ("float16", "language")
    assert prepared.manifest.context_length == 128
    assert prepared.manifest.source == "folder tiny-model"
    assert read_manifest(folder) == prepared.manifest


def test_installing_the_same_folder_again_gives_the_same_version(tiny_model: Path, places: Places):
    assert install(tiny_model, places) == install(tiny_model, places)


def test_changed_weights_become_another_folder(tiny_model: Path, places: Places):
    first = install(tiny_model, places)
    write_tiny_model(tiny_model, seed=1)
    assert install(tiny_model, places).path != first.path
    assert read_manifest(places.models / first.path) is not None


def test_an_encoder_is_known_by_its_architecture_and_keeps_its_pooling(tmp_path: Path, places: Places):
    folder = write_tiny_model(tmp_path / "tiny-encoder", architecture="BertModel")
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_cls_token": True}))
    (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 64}))
    (folder / "config_sentence_transformers.json").write_text(json.dumps({"prompts": {"query": "find: "}}))

    prepared = install(folder, places)

    facts = json.loads((places.models / prepared.path / "encoder.json").read_text())
    assert prepared.manifest.kind == "encoder"
    assert facts == {
        "name": "tiny-encoder",
        "pooling": "cls",
        "query_prefix": "find: ",
        "passage_prefix": "",
        "max_tokens": 64,
    }


@pytest.mark.parametrize("missing", ["config.json", "tokenizer.json", "model.safetensors"])
def test_an_incomplete_folder_is_refused(missing: str, tiny_model: Path, places: Places):
    (tiny_model / missing).unlink()
    with pytest.raises(InstallationError, match="incomplete"):
        install(tiny_model, places)
    assert not list(places.models.glob("*/"))


def test_a_missing_shard_is_named(tiny_model: Path, places: Places):
    index = {"weight_map": {"embeddings": "model.safetensors", "head": "model-2.safetensors"}}
    (tiny_model / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(InstallationError, match=r"model-2\.safetensors is missing"):
        install(tiny_model, places)


def test_a_file_cut_short_is_refused(tiny_model: Path, places: Places):
    weights = tiny_model / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(InstallationError, match="not a complete safetensors file"):
        install(tiny_model, places)
    assert not list(places.models.glob("*/"))


def test_an_unclear_architecture_asks_for_the_kind(tmp_path: Path, places: Places):
    folder = write_tiny_model(tmp_path / "odd", architecture="LlavaForConditionalGeneration")
    with pytest.raises(InstallationError, match="--kind"):
        install(folder, places)
    assert install(folder, places, kind="language").manifest.kind == "language"


def test_a_folder_laid_among_the_imports_serves_a_catalog_name(places: Places):
    write_tiny_model(places.imports / "Qwen3-0.6B")
    prepared = prepare(resolve("Qwen3-0.6B", load_catalog()), places, Reporter(print))
    assert prepared.manifest.source == "folder Qwen3-0.6B"
    assert prepared.manifest.licence == "Apache-2.0"


def test_what_a_killed_installation_left_is_removed(tiny_model: Path, places: Places):
    left_over = places.models / ".partial-tiny-model" / "converted"
    left_over.mkdir(parents=True)
    install(tiny_model, places)
    assert not list(places.models.glob(".partial-*"))


def test_a_full_disk_is_said_before_any_work(
    tiny_model: Path, places: Places, monkeypatch: pytest.MonkeyPatch
):
    usage = type("Usage", (), {"free": 10})()
    monkeypatch.setattr("inference.installation.workspace.shutil.disk_usage", lambda _path: usage)
    with pytest.raises(InstallationError, match="The disk is too full"):
        install(tiny_model, places)
    assert not list(places.models.glob("*/"))
