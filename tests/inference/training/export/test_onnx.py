"""onnxruntime gives the vectors of an encoder and the probabilities of a head to the third digit."""

import json
from pathlib import Path

import numpy
import onnxruntime
import pytest
import torch
from tokenizers import Tokenizer

from inference.engine.encoder import Encoder, stored_network
from inference.engine.mapped_embedding import in_dtype
from inference.engine.sentiment_network import load_network
from tests.inference.tiny_head import write_base, write_head

TEXTS = ["the lamp is good", "awful", "I return it, 太差了 the lamp is bad bad bad", ""]
CLOSE = 1e-3


@pytest.fixture
def encoder(tmp_path: Path) -> Path:
    folder = write_base(tmp_path / "encoder")
    facts = {
        "name": "tiny-e5",
        "pooling": "mean",
        "query_prefix": "query: ",
        "passage_prefix": "passage: ",
        "max_tokens": 48,
    }
    (folder / "encoder.json").write_text(json.dumps(facts))
    installed = json.loads((folder / "installation.json").read_text())
    (folder / "installation.json").write_text(json.dumps({**installed, "kind": "encoder", "licence": "MIT"}))
    return folder


def computed(folder: Path, texts: list[str]) -> numpy.ndarray:
    """As the README of an export says."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(48)
    tokenizer.enable_padding(pad_id=1)
    session = onnxruntime.InferenceSession(folder / "model.onnx")
    read = tokenizer.encode_batch(texts)
    inputs = {
        "input_ids": numpy.array([each.ids for each in read], dtype=numpy.int64),
        "attention_mask": numpy.array([each.attention_mask for each in read], dtype=numpy.int64),
    }
    (rows,) = session.run(None, inputs)
    return rows


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_vectors_of_an_encoder_are_the_same(pooling: str, encoder: Path, tmp_path: Path, export):
    facts = json.loads((encoder / "encoder.json").read_text())
    (encoder / "encoder.json").write_text(json.dumps({**facts, "pooling": pooling}))

    assert "result" in export(encoder, "onnx", tmp_path / "onnx")

    network = Encoder(encoder)
    # The engine may compute in bfloat16 here.
    network._model = in_dtype(stored_network(encoder), torch.float32)
    ours = numpy.array(network.embed(TEXTS).vectors)
    theirs = computed(tmp_path / "onnx", ["query: " + text for text in TEXTS])
    assert numpy.abs(ours - theirs).max() < CLOSE
    assert numpy.abs(theirs[0] - theirs[1]).max() > 10 * CLOSE, "texts that differ give different vectors"
    # One text alone, of another length than all that were traced.
    assert numpy.abs(computed(tmp_path / "onnx", ["query: " + TEXTS[2]])[0] - theirs[2]).max() < CLOSE


def test_probabilities_of_a_head_are_the_same_with_its_calibration(encoder: Path, tmp_path: Path, export):
    head = write_head(tmp_path / "head")
    facts = json.loads((head / "head.json").read_text())
    (head / "head.json").write_text(json.dumps({**facts, "temperature": 2.5}))

    told = export(head, "onnx", tmp_path / "onnx", "--base", str(encoder))

    network = load_network(encoder, head, torch.float32)
    ours = numpy.array(network.classify(TEXTS))
    assert numpy.abs(ours - computed(tmp_path / "onnx", TEXTS)).max() < CLOSE
    assert told["result"]["parameters"] > 0
    card = (tmp_path / "onnx" / "README.md").read_text()
    assert "negative, neutral, positive" in card and "2.5" in card


def test_the_card_says_how_texts_begin_and_what_pools(encoder: Path, tmp_path: Path, export):
    export(encoder, "onnx", tmp_path / "onnx", "--name", "our-encoder-3")

    card = (tmp_path / "onnx" / "README.md").read_text()

    assert "`query: `" in card and "`passage: `" in card and "mean over the tokens" in card
    assert "# our-encoder-3" in card and 'license: "mit"' in card


def test_a_head_without_its_encoder_is_refused(tmp_path: Path, export):
    head = write_head(tmp_path / "head")

    assert "name that folder with --base" in export(head, "onnx", tmp_path / "onnx")["error"]


def test_a_head_of_another_encoder_is_refused(encoder: Path, tmp_path: Path, export):
    head = write_head(tmp_path / "head", base="another-encoder")

    said = export(head, "onnx", tmp_path / "onnx", "--base", str(encoder))

    assert "belongs to the encoder another-encoder" in said["error"]
    assert not (tmp_path / "onnx").exists()
