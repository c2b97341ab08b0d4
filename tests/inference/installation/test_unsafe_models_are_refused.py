import json
import struct
from pathlib import Path

import pytest

from inference.catalog import load_catalog
from inference.installation.errors import InstallationError
from inference.installation.preparation import Places, prepare
from inference.installation.progress import Reporter
from inference.installation.safety import PICKLE_SUFFIXES
from inference.installation.targets import resolve
from tests.inference.installation.bad_models import pickled, torch_archive


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


def test_the_weights_of_a_folder_may_not_be_hidden_in_an_archive(
    tiny_model: Path, tmp_path: Path, places: Places
):
    (tiny_model / "model.safetensors").unlink()
    torch_archive(tiny_model / "weights.zip", tmp_path / "ran")

    assert "in an archive (weights.zip)" in refusal(tiny_model, places)
    assert "in an archive" in refusal(tiny_model / "weights.zip", places)
    assert not (tmp_path / "ran").exists()


def test_a_pickle_under_the_name_of_weights_is_refused_and_never_opened(
    tiny_model: Path, tmp_path: Path, places: Places
):
    (tiny_model / "model.safetensors").write_bytes(pickled(tmp_path / "ran"))

    assert "a pickle file under another name" in refusal(tiny_model, places)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "notes/secret.txt"])
def test_a_link_out_of_the_folder_is_refused(name: str, tiny_model: Path, tmp_path: Path, places: Places):
    (tmp_path / "outside").write_text("{}")
    link = tiny_model / name
    link.parent.mkdir(exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(tmp_path / "outside")

    assert f"{name} is a link to a place outside of tiny-model" in refusal(tiny_model, places)


def test_a_folder_of_the_hubs_cache_is_taken_with_its_links(tiny_model: Path, tmp_path: Path, places: Places):
    home = tmp_path / "models--some--model"
    snapshot = home / "snapshots" / "0123abc"
    snapshot.mkdir(parents=True)
    (home / "blobs").mkdir()
    for number, file in enumerate(tiny_model.iterdir()):
        file.rename(home / "blobs" / str(number))
        (snapshot / file.name).symlink_to(f"../../blobs/{number}")

    prepared = prepare(resolve(str(snapshot), load_catalog()), places, Reporter(print))

    assert not any(path.is_symlink() for path in (places.models / prepared.path).iterdir())


@pytest.mark.parametrize("name", ["../../other/model.safetensors", "/etc/model.safetensors", "weights.bin"])
def test_an_index_may_name_only_safetensors_beside_it(name: str, tiny_model: Path, places: Places):
    index = {"weight_map": {"embeddings": name}}
    (tiny_model / "model.safetensors.index.json").write_text(json.dumps(index))

    assert "which is no safetensors file beside it" in refusal(tiny_model, places)


@pytest.mark.parametrize("content", ["[]", "{}", '{"weight_map": 5}'])
def test_an_index_that_names_nothing_is_refused(content: str, tiny_model: Path, places: Places):
    (tiny_model / "model.safetensors.index.json").write_text(content)

    assert "names no files" in refusal(tiny_model, places)


def test_a_model_that_asks_for_a_kernel_from_the_hub_is_refused(tiny_model: Path, places: Places):
    config = json.loads((tiny_model / "config.json").read_text())
    config["text_config"] = {"attn_implementation": "somebody/kernel"}
    (tiny_model / "config.json").write_text(json.dumps(config))

    assert "attn_implementation" in refusal(tiny_model, places)


def test_code_from_outside_is_found_in_lists_too(tiny_model: Path, places: Places):
    (tiny_model / "tokenizer_config.json").write_text('{"parts": [{"auto_map": ["a.b", null]}]}')

    assert "auto_map" in refusal(tiny_model, places)


def test_an_adapter_is_refused_which_would_fetch_its_base(tiny_model: Path, places: Places):
    (tiny_model / "adapter_config.json").write_text('{"base_model_name_or_path": "somebody/model"}')

    assert "is an adapter for another model" in refusal(tiny_model, places)


def test_json_that_never_ends_is_refused(tiny_model: Path, places: Places):
    (tiny_model / "config.json").write_text("[" * 200_000)

    assert "not valid JSON" in refusal(tiny_model, places)


def test_a_gguf_file_that_claims_absurd_sizes_is_refused(tmp_path: Path, places: Places):
    path = tmp_path / "absurd.gguf"
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 2**60, 2**60) + struct.pack("<Q", 2**62) + b"general")

    assert "conversion of absurd.gguf failed" in refusal(path, places)


def test_a_pickle_that_calls_itself_gguf_is_refused_and_never_opened(tmp_path: Path, places: Places):
    path = tmp_path / "model.gguf"
    path.write_bytes(pickled(tmp_path / "ran"))

    assert "neither a GGUF file nor" in refusal(path, places)
    assert not (tmp_path / "ran").exists()
