"""The encoder holds the cores for a layer at a time while the engine waits."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from transformers import BertConfig, BertModel

from inference.engine.encoder import TEXTS_AT_A_TIME, Encoder
from inference.engine.turns import Turns
from tests.inference.engine.tiny import byte_level_tokenizer

LAYERS = 4


class Journal(Turns):
    """Writes down what the encoder asks for."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    @contextmanager
    def piece(self) -> Iterator[None]:
        self.said.append("begin")
        with super().piece():
            yield
        self.said.append("end")

    def give_way(self) -> None:
        self.said.append("pause")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("encoder")
    tokenizer = byte_level_tokenizer()
    tokenizer.pad_token = tokenizer.eos_token
    tokenizer.save_pretrained(path)
    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=LAYERS,
        num_attention_heads=2,
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(path)
    facts = {"name": "tiny", "max_tokens": 16, "pooling": "mean", "query_prefix": "", "passage_prefix": "p "}
    (path / "encoder.json").write_text(json.dumps(facts))
    return path


def test_a_batch_may_pause_after_every_layer(folder: Path) -> None:
    turns = Journal()
    encoder = Encoder(folder, turns)
    encoder.encode([[5, 6, 7], [8, 9]])

    assert turns.said == ["begin", *["pause"] * LAYERS, "end"]


def test_many_texts_are_tokenised_in_parts(folder: Path) -> None:
    turns = Journal()
    tokens = Encoder(folder, turns).tokenize(["lamp"] * (2 * TEXTS_AT_A_TIME + 1), "query")

    assert len(tokens) == 2 * TEXTS_AT_A_TIME + 1 and turns.said == ["begin", *["pause"] * 3, "end"]


def test_vectors_do_not_depend_on_what_shares_the_batch(folder: Path) -> None:
    encoder = Encoder(folder)
    texts = ["The lamp arrives", "within", "three days. You may return it", "您好"] * 20
    together = torch.tensor(encoder.embed(texts).vectors)
    alone = torch.tensor([encoder.embed([text]).vectors[0] for text in texts[:4]])

    assert (together[:4] - alone).abs().max() < 1e-5
    assert torch.allclose(together.norm(dim=1), torch.ones(80), atol=1e-5)
