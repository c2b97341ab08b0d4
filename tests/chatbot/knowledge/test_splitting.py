"""Passages hold whole sentences, are of a good size, and know their headings."""

import re

import pytest

from chatbot.knowledge.splitting import LARGE, SMALL, sentences_of, size_of, split, split_records

ENGLISH = (
    "Dr. Ash answers on Mondays. Does it cost anything? No! It is free (for now). We sell lamps, "
    'e.g. the Heron, and say "Take care." Then we close at 5.30 p.m. on Fridays.'
)
CHINESE = "配送需要2到4个工作日。订单满60欧元免运费！可以退货吗？可以，“六十天内均可。”请联系我们。"


def test_sentences_end_where_they_end():
    sentences = [sentence.strip() for sentence in sentences_of(ENGLISH)]

    assert sentences == [
        "Dr. Ash answers on Mondays.",
        "Does it cost anything?",
        "No!",
        "It is free (for now).",
        'We sell lamps, e.g. the Heron, and say "Take care."',
        "Then we close at 5.30 p.m. on Fridays.",
    ]


def test_chinese_sentences_need_no_space():
    assert sentences_of(CHINESE) == [
        "配送需要2到4个工作日。",
        "订单满60欧元免运费！",
        "可以退货吗？",
        "可以，“六十天内均可。”",
        "请联系我们。",
    ]


@pytest.mark.parametrize("text", [ENGLISH, CHINESE, "  no end", "One.  Two.\tThree", "...", "!?"])
def test_sentences_joined_again_are_the_text(text):
    assert "".join(sentences_of(text)) == text


def words(count: int, start: int = 0) -> str:
    return " ".join(f"word{number}" for number in range(start, start + count))


def test_a_paragraph_of_good_size_is_a_passage():
    first, second = words(120), words(90, 500)

    pieces = split([("Delivery", f"{first}\n\n{second}")])

    assert [piece.text for piece in pieces] == [first, second]
    assert {piece.heading for piece in pieces} == {"Delivery"}


def test_short_paragraphs_go_together_and_sections_never_do():
    pieces = split([("A", "\n\n".join(words(20, 20 * n) for n in range(6))), ("B › C", "Short.")])

    assert [piece.heading for piece in pieces] == ["A", "A", "B › C"]
    assert all(size_of(piece.text) >= SMALL for piece in pieces[:2])


@pytest.mark.parametrize(
    "sentence", ["The lamp number {} stays lit for many hours. ", "第{}盏台灯可以亮很久很久。"]
)
def test_a_long_paragraph_is_cut_between_sentences(sentence):
    paragraph = "".join(sentence.format(number) for number in range(120)).strip()

    pieces = split([("", paragraph)])

    assert len(pieces) > 2
    assert all(SMALL <= size_of(piece.text) <= LARGE for piece in pieces)
    assert all(piece.text.endswith((".", "。")) for piece in pieces)
    joined = " ".join(piece.text for piece in pieces) if " " in sentence else "".join(p.text for p in pieces)
    assert joined == paragraph


def test_a_sentence_too_long_for_a_passage_is_cut_between_words():
    pieces = split([("", words(500))])

    assert all(size_of(piece.text) <= LARGE for piece in pieces)
    assert " ".join(piece.text for piece in pieces).split() == words(500).split()


@pytest.mark.parametrize("letter", ["x", "灯"])
def test_what_has_no_end_at_all_is_cut_all_the_same(letter):
    pieces = split([("", letter * 9000)])

    assert "".join(piece.text for piece in pieces) == letter * 9000
    assert len(pieces) > 1


def test_lists_keep_their_lines():
    text = "We sell:\n- lamps\n- shades\n- bulbs"

    assert [piece.text for piece in split([("", text)])] == [text]


def test_rows_become_lines_of_column_and_value():
    pieces = split_records("", [{"Lamp": "Heron", "Price": "€129", "Note": " "}, {"Lamp": "", "Price": None}])

    assert [piece.text for piece in pieces] == ["Lamp: Heron\nPrice: €129"]


def test_nothing_gives_nothing():
    assert split([("Heading", " \n\n ")]) == []


def test_nothing_of_a_long_text_is_lost():
    text = "\n\n".join(f"{words(n % 70 + 1, n * 100)}." for n in range(200))

    found = " ".join(piece.text for piece in split([("", text)]))

    assert re.findall(r"\w+", found) == re.findall(r"\w+", text)
