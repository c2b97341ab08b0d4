import math
from pathlib import Path

import pytest

from inference.engine.encoder import Encoder

ENGLISH = ("How do I get my money back?", "I would like a refund.", "Your shop is in a beautiful street.")
CHINESE = ("怎么才能退款？", "我想把钱要回来。", "你们的店开在一条很漂亮的街上。")


@pytest.fixture(scope="module")
def encoder(real_encoder: Path) -> Encoder:
    return Encoder(real_encoder)


def cosine(left: list[float], right: list[float]) -> float:
    return sum(a * b for a, b in zip(left, right, strict=True))


@pytest.mark.parametrize("texts", [ENGLISH, CHINESE], ids=["english", "chinese"])
def test_a_paraphrase_is_nearer_than_a_stranger(texts: tuple[str, str, str], encoder: Encoder):
    question, paraphrase, stranger = encoder.embed(list(texts)).vectors
    assert cosine(question, paraphrase) > cosine(question, stranger) + 0.03


def test_a_question_finds_its_passage_in_the_other_language(encoder: Encoder):
    (question,) = encoder.embed([CHINESE[0]]).vectors
    passages = [
        "A return is free within 30 days; we pay the price back to the same card.",
        "Our lamps are made of oak and brass in a small workshop.",
        "Every Saturday we open at ten and close at six.",
    ]
    scores = [cosine(question, vector) for vector in encoder.embed(passages, "passage").vectors]
    assert scores.index(max(scores)) == 0


def test_vectors_have_length_one_and_the_order_of_the_texts(encoder: Encoder):
    texts = ["a much longer text than the other ones " * 5, "short", "of middle length, more or less"] * 15
    together = encoder.embed(texts).vectors
    assert all(math.isclose(math.hypot(*vector), 1, abs_tol=1e-5) for vector in together)
    assert {len(vector) for vector in together} == {encoder.dimension}
    for text, vector in zip(texts[:3], together[:3], strict=True):
        assert cosine(encoder.embed([text]).vectors[0], vector) == pytest.approx(1, abs=1e-4)


def test_a_text_beyond_the_limit_counts_by_its_beginning(encoder: Encoder):
    long = encoder.embed(["word " * 5000])
    assert long.token_count == encoder.max_tokens
    assert cosine(long.vectors[0], encoder.embed(["word " * 9000]).vectors[0]) == pytest.approx(1, abs=1e-5)


def test_full_width_and_half_width_characters_are_the_same(encoder: Encoder):
    wide, narrow = encoder.embed(["退款？１２３", "退款?123"]).vectors
    assert cosine(wide, narrow) == pytest.approx(1, abs=1e-5)


def test_questions_and_passages_are_encoded_differently(encoder: Encoder):
    as_question, as_passage = (
        encoder.embed(["Returns"], purpose).vectors[0] for purpose in ("query", "passage")
    )
    assert cosine(as_question, as_passage) < 0.9999


def test_no_texts_give_no_vectors_and_an_empty_text_gives_one(encoder: Encoder):
    assert encoder.embed([]).vectors == []
    assert len(encoder.embed([""]).vectors[0]) == encoder.dimension
