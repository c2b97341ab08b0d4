from pathlib import Path

import pytest
import torch

from inference.engine.sentiment_facts import HeadError, read_facts
from inference.engine.sentiment_head import read_head
from inference.engine.sentiment_network import SentimentNetwork, batches_by_length, load_network
from inference.training.sentiment.loop import Settings, Training
from tests.inference.tiny_sentiment import facts, head, write_encoder


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_encoder(tmp_path_factory.mktemp("encoder"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("head")
    head().write(folder)
    return folder


@pytest.fixture(scope="module")
def network(base: Path, folder: Path) -> SentimentNetwork:
    return load_network(base, folder, torch.float32)


def test_probabilities_sum_to_one_in_the_order_of_the_texts(network: SentimentNetwork):
    texts = ["my lamp is broken", "thanks", "", "where is the parcel " * 40]
    together = network.classify(texts)
    for text, row in zip(texts, together, strict=True):
        assert sum(row) == pytest.approx(1, abs=1e-5)
        assert network.classify([text])[0] == pytest.approx(row, abs=1e-4)
    assert network.classify([]) == []


def test_what_was_learned_beside_the_products_is_the_same_merged_into_them(
    base: Path, network: SentimentNetwork
):
    training = Training(base, facts(), Settings(rank=4), head())
    texts = ["my lamp is broken", "thanks", "which lamp"]
    expected = torch.softmax(training.logits(texts) / 2.0, dim=1)
    # Training may multiply in bfloat16.
    assert torch.allclose(torch.tensor(network.classify(texts)), expected, atol=0.03)


def test_a_text_beyond_the_limit_counts_by_its_beginning(network: SentimentNetwork):
    assert len(network.tokenize(["lamp " * 5000])[0]) == network.max_tokens
    assert network.classify(["lamp " * 5000]) == network.classify(["lamp " * 9000])


def test_spans_are_the_characters_of_each_token(network: SentimentNetwork):
    text = "my lamp is broken"
    spans = network.spans(text)
    assert [text[start:end] for start, end in spans] == ["", "my", "lamp", "is", "broken", ""]
    assert len(spans) == len(network.tokenize([text])[0])


def test_gradients_flow_to_the_vectors_of_the_tokens(network: SentimentNetwork):
    (tokens,) = network.tokenize(["my lamp is broken"])
    vectors = network.embed(tokens)[None].requires_grad_()
    found = network.probabilities_of(vectors)
    assert found[0].tolist() == pytest.approx(network.probabilities([tokens])[0], abs=1e-4)
    found[0, 0].backward()
    assert vectors.grad is not None and vectors.grad.abs().sum() > 0


def test_below_a_confidence_the_label_is_unsure(network: SentimentNetwork):
    assert network.label_of([0.45, 0.3, 0.25]) == "unsure"
    assert network.label_of([0.2, 0.55, 0.25]) == "neutral"


def test_batches_hold_similar_lengths_and_few_tokens():
    assert batches_by_length([5, 1, 9, 1, 5], 10) == [[1, 3], [0, 4], [2]]
    assert batches_by_length([90, 2], 10) == [[1], [0]]
    assert batches_by_length([], 10) == []


def test_another_encoder_is_refused(base: Path, tmp_path: Path):
    head(base="another").write(tmp_path / "named")
    with pytest.raises(HeadError, match="belongs to the encoder another, not to tiny"):
        load_network(base, tmp_path / "named")
    head(width=24).write(tmp_path / "wide")
    with pytest.raises(HeadError, match="does not fit"):
        load_network(base, tmp_path / "wide")


def test_other_weights_of_the_same_encoder_are_only_warned_of(
    base: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    head(base_sha256="6" * 64).write(tmp_path)
    load_network(base, tmp_path)
    assert "not those that the head was trained on" in caplog.text


def test_a_folder_without_a_whole_head_is_refused(folder: Path, tmp_path: Path):
    with pytest.raises(HeadError, match="has no head.json"):
        read_facts(tmp_path)
    (tmp_path / "head.json").write_text('{"format": 1}', encoding="utf-8")
    with pytest.raises(HeadError, match="is broken"):
        read_facts(tmp_path)
    text = (folder / "head.json").read_text(encoding="utf-8")
    (tmp_path / "head.json").write_text(text.replace('"format": 1', '"format": 9'), encoding="utf-8")
    with pytest.raises(HeadError, match="has format 9"):
        read_facts(tmp_path)
    (tmp_path / "head.json").write_text(text, encoding="utf-8")
    (tmp_path / "weights.safetensors").write_bytes(b"no weights")
    with pytest.raises(HeadError, match="cannot be read"):
        read_head(tmp_path)
