"""The two default encoders over a small shop's knowledge, in English and Chinese."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from chatbot.knowledge.ranking.languages import script_of
from chatbot.knowledge.ranking.mixing import Ranked, rank
from chatbot.knowledge.ranking.parameters import tuned
from chatbot.knowledge.text_retriever import TextIndex, TextPassage
from chatbot.monitoring.demo_knowledge import ANSWERS
from inference.engine.encoder import Encoder, Purpose

QUESTIONS = [
    "How long does delivery take?",
    "Can I return something that does not fit?",
    "Which payment methods do you accept?",
    "How do I reset my password?",
    "Do you ship to other countries?",
    "Where can I find my invoice?",
    "How do I cancel an order?",
    "Is there a warranty on lamps?",
    "Can I change my delivery address?",
    "When is the shop open?",
]
ANSWERS_ZH = [
    "订单一般在两个工作日内发货，送达需要三到五天。",
    "收到商品后三十天内可以免费退货，商品需保持完好。",
    "我们接受支付宝、微信支付和信用卡。",
    "在登录页面点击“忘记密码”，我们会发送邮件给您重新设置密码。",
    "发票可以在“我的订单”页面下载。",
    "门店每天上午九点到晚上八点营业。",
]
NOT_THERE = ["How many moons does Jupiter have?", "Who wrote Hamlet?", "Tell me a recipe for apple pie"]


class Shop:
    """A knowledge base with its encoders."""

    def __init__(self, folders: Mapping[str, Path], passages: list[TextPassage]) -> None:
        self._encoders = {name: Encoder(folder) for name, folder in folders.items()}
        self.passages = passages
        texts = [passage.compared for passage in passages]
        self._index = TextIndex(passages, self._encoded(texts, "passage"))

    def ask(self, query: str) -> tuple[str, Ranked]:
        vectors = {name: rows[0] for name, rows in self._encoded([query], "query").items()}
        candidates = self._index.candidates(query, vectors)
        ranked = rank(candidates)
        return self.passages[candidates.passages[int(ranked.order[0])].key].id, ranked

    def _encoded(self, texts: list[str], purpose: Purpose) -> dict[str, NDArray[np.float32]]:
        return {
            name: np.array(encoder.embed(texts, purpose).vectors, np.float32)
            for name, encoder in self._encoders.items()
        }


@pytest.fixture(scope="module")
def folders(real_encoders: dict[str, Path]) -> dict[str, Path]:
    return real_encoders


@pytest.fixture(scope="module")
def english(folders: dict[str, Path]) -> Shop:
    return Shop(folders, [TextPassage(text, "", question=text) for text in QUESTIONS])


@pytest.fixture(scope="module")
def chinese(folders: dict[str, Path]) -> Shop:
    return Shop(folders, [TextPassage(text[:2], text) for text in ANSWERS_ZH])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("when will my parcel arrive", "How long does delivery take?"),
        ("the shoes are too small, can I send them back", "Can I return something that does not fit?"),
        ("how can I pay", "Which payment methods do you accept?"),
        ("forgot my password", "How do I reset my password?"),
        ("我忘记密码了怎么办", "How do I reset my password?"),
        ("可以用信用卡付款吗", "Which payment methods do you accept?"),
    ],
)
def test_a_question_finds_its_answer(english: Shop, query: str, expected: str) -> None:
    found, ranked = english.ask(query)
    assert found == expected
    assert ranked.confidence >= tuned().low


@pytest.mark.parametrize(
    ("query", "expected"),
    [("多久能收到货？", "订单"), ("可以用微信付款吗？", "我们"), ("怎么开发票？", "发票")],
)
def test_a_chinese_question_finds_its_passage(chinese: Shop, query: str, expected: str) -> None:
    found, ranked = chinese.ask(query)
    assert found == expected
    assert ranked.confidence >= tuned().low


@pytest.mark.parametrize("query", NOT_THERE)
def test_what_the_shop_does_not_know_is_not_answered(english: Shop, query: str) -> None:
    _found, ranked = english.ask(query)
    assert ranked.confidence < tuned().low


def test_the_very_question_is_answered_word_for_word(english: Shop) -> None:
    _found, ranked = english.ask("How do I reset my password?")
    assert ranked.confidence >= tuned().strong


@pytest.fixture(scope="module")
def bilingual(folders: dict[str, Path]) -> Shop:
    """The demo shop's answers, each in English and in Chinese."""
    return Shop(
        folders,
        [TextPassage(text, "", question=text) for questions, _answer in ANSWERS for text in questions],
    )


@pytest.mark.parametrize(
    "query",
    [
        "Do you sell carpets?",
        "do you sell carpets",
        "how can I pay",
        "Where can I park?",
        "你们卖地毯吗？",
        "Verkaufen Sie Teppiche?",
    ],
)
def test_no_passage_of_another_script_answers_what_nothing_answers(bilingual: Shop, query: str) -> None:
    _found, ranked = bilingual.ask(query)
    assert ranked.confidence < tuned().low


@pytest.mark.parametrize(
    ("query", "script"),
    [
        ("How long does delivery take?", "latin"),
        ("Can I bring back a lamp that I don't like?", "latin"),
        ("送货要多久？", "han"),
    ],
)
def test_visitors_are_answered_in_their_own_script_where_there_is_an_answer(
    bilingual: Shop, query: str, script: str
) -> None:
    found, ranked = bilingual.ask(query)
    assert script_of(found) == script
    assert ranked.confidence >= tuned().low


def test_another_script_answers_where_the_own_one_does_not(folders: dict[str, Path]) -> None:
    shop = Shop(
        folders,
        [TextPassage(text, "", question=text) for text in ("送货需要多长时间？", "用过的灯可以退货吗？")]
        + [TextPassage(text, "", question=text) for text in ("Who founded the shop?", "Is there a café?")],
    )

    found, ranked = shop.ask("How long does delivery take?")

    assert found == "送货需要多长时间？"
    assert ranked.confidence >= tuned().low
