"""A Hugging Face folder is read by transformers alone, and installs again as what it was."""

import json
import zipfile
from pathlib import Path

import pytest
import torch
from transformers import AutoModel, AutoModelForCausalLM, AutoTokenizer

from inference.catalog import load_catalog
from inference.engine import shared_layers
from inference.engine.stored_networks import read_stored_network, write_stored_network
from inference.installation.inspection import encoding_of
from inference.installation.preparation import Places, prepare
from inference.installation.progress import Reporter
from inference.installation.targets import resolve
from tests.inference.engine.tiny import write_model
from tests.inference.tiny_head import write_base, write_head


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_model(tmp_path / "tiny-model")


def logits(folder: Path) -> torch.Tensor:
    """What plain transformers computes."""
    tokens = AutoTokenizer.from_pretrained(folder)("The lamp arrives", return_tensors="pt")
    network = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    with torch.inference_mode():
        return network(**tokens).logits


def test_plain_transformers_computes_the_same(folder: Path, tmp_path: Path, export):
    export(folder, "hf", tmp_path / "out")

    assert torch.equal(logits(folder), logits(tmp_path / "out"))
    stored, again = (AutoTokenizer.from_pretrained(each).chat_template for each in (folder, tmp_path / "out"))
    assert stored == again


def test_shared_layers_are_written_each_by_itself(folder: Path, tmp_path: Path, export):
    network = read_stored_network(folder)
    shared_layers.tie(network, {"attention": [0, 0, 2], "mlp": [0, 0, 2]})
    shared = tmp_path / "shared"
    write_stored_network(network, shared)
    AutoTokenizer.from_pretrained(folder).save_pretrained(shared)
    with torch.inference_mode():
        tokens = AutoTokenizer.from_pretrained(folder)("The lamp arrives", return_tensors="pt")
        wanted = network(**tokens).logits

    assert "result" in export(shared, "hf", tmp_path / "out")

    assert torch.allclose(logits(tmp_path / "out"), wanted, atol=1e-5)
    assert "shared_layers" not in json.loads((tmp_path / "out" / "config.json").read_text())


def test_it_installs_again_as_what_it_was(folder: Path, tmp_path: Path, export):
    export(folder, "hf", tmp_path / "out")

    prepared = prepare(
        resolve(str(tmp_path / "out"), load_catalog()), Places.under(tmp_path / "data"), Reporter(print)
    )

    assert prepared.manifest.kind == "language"
    assert torch.equal(logits(folder), logits(tmp_path / "data" / "models" / prepared.path))


def test_a_gguf_file_installs_again_too(folder: Path, tmp_path: Path, export):
    export(folder, "gguf", tmp_path / "tiny.gguf")

    prepared = prepare(
        resolve(str(tmp_path / "tiny.gguf"), load_catalog()), Places.under(tmp_path / "data"), Reporter(print)
    )

    again = logits(tmp_path / "data" / "models" / prepared.path)
    assert torch.allclose(logits(folder), again, atol=0.05)


def test_an_encoder_keeps_its_pooling_and_its_prefixes(tmp_path: Path, export):
    encoder = write_base(tmp_path / "encoder")
    facts = {"name": "tiny-e5", "pooling": "cls", "query_prefix": "Q: ", "passage_prefix": "P: "}
    (encoder / "encoder.json").write_text(json.dumps({**facts, "max_tokens": 40}))

    assert "result" in export(encoder, "hf", tmp_path / "out")

    found = encoding_of(tmp_path / "out")
    assert (found.pooling, found.query_prefix, found.passage_prefix) == ("cls", "Q: ", "P: ")
    assert found.max_tokens == 40
    AutoModel.from_pretrained(tmp_path / "out")


def test_a_head_is_its_two_files_with_a_card(tmp_path: Path, export):
    head = write_head(tmp_path / "head")

    export(head, "hf", tmp_path / "out")

    assert (tmp_path / "out" / "head.json").read_bytes() == (head / "head.json").read_bytes()
    assert "tiny-e5" in (tmp_path / "out" / "README.md").read_text()


def test_the_model_card_becomes_the_readme(folder: Path, tmp_path: Path, export):
    (folder / "MODEL_CARD.md").write_text("# support\n\nLearnt from 2,000 dialogues.\n")

    export(folder, "hf", tmp_path / "out")

    readme = (tmp_path / "out" / "README.md").read_text()
    assert "Learnt from 2,000 dialogues." in readme and "AutoModelForCausalLM" in readme
    assert readme.startswith("---\npipeline_tag: text-generation\n")


def test_a_name_that_ends_in_zip_gives_one_file(folder: Path, tmp_path: Path, export):
    told = export(folder, "hf", tmp_path / "support-2.zip")

    (file,) = told["result"]["files"]
    assert file["bytes"] == (tmp_path / "support-2.zip").stat().st_size
    with zipfile.ZipFile(tmp_path / "support-2.zip") as archive:
        assert archive.testzip() is None
        assert {"support-2/model.safetensors", "support-2/README.md"} <= set(archive.namelist())


def test_weights_that_are_missing_are_refused(folder: Path, tmp_path: Path, export):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"num_hidden_layers": 4}))

    assert "incomplete" in export(folder, "hf", tmp_path / "out")["error"]
    assert [path.name for path in tmp_path.iterdir()] == ["tiny-model"]
