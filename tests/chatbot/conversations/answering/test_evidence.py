"""Which sentences a passage supports."""

import pytest

from chatbot.conversations.answering.evidence import Evidence

RETURNS = (
    "You can return unused lamps within 30 days of delivery. Returns are free in Germany and Austria. "
    "Opened bulbs cannot be returned. Refunds may take up to 10 working days."
)
PETS = "There is no evidence that pets can transmit the virus. A dog was infected in Hong Kong."


@pytest.mark.parametrize(
    "sentence",
    [
        "You can return unused lamps within 30 days of delivery.",
        "Unused lamps can be returned within 30 days of delivery.",
        "Returns are free in Germany and Austria.",
        "Opened bulbs cannot be returned.",
        "Refunds may take up to 10 working days.",
    ],
)
def test_what_the_passage_says_is_supported(sentence: str) -> None:
    support = Evidence(["Something about chairs and tables.", RETURNS]).check(sentence)

    assert support.supported and support.passages == (2,)


@pytest.mark.parametrize(
    "sentence",
    [
        "You can return unused lamps within 60 days of delivery.",
        "Opened bulbs can be returned.",
        "Returns are not free in Germany and Austria.",
        "Returns are free in Germany and France.",
        "Only returns in Germany and Austria are free.",
        "You must return unused lamps within 30 days of delivery.",
        "Refunds take up to 10 working days.",
        "Our chairs are made of oak.",
        "You can return unused chairs within 30 days of delivery.",
        "Yes.",
        "I am sorry for your loss.",
        "Bulbs in Austria can return lamps within Germany.",
        "",
    ],
)
def test_what_it_does_not_say_is_not(sentence: str) -> None:
    assert not Evidence([RETURNS]).check(sentence).supported


def test_the_opposite_of_a_passage_is_not_supported() -> None:
    evidence = Evidence([PETS])

    assert not evidence.check("There is evidence that pets can transmit the virus.").supported
    assert not evidence.check("Pets can transmit the virus.").supported
    assert evidence.check("There is no evidence that pets can transmit the virus.").supported


def test_a_statement_without_its_condition_is_not_supported() -> None:
    evidence = Evidence(
        ["The office does not recommend that healthy people at home wear masks at this time."]
    )

    assert not evidence.check("You should not wear a mask.").supported
    assert evidence.check("The office does not recommend that healthy people wear masks.").supported


def test_words_gathered_from_several_passages_are_no_support() -> None:
    evidence = Evidence(["Lamps are made in Sweden.", "Chairs are free of charge for members."])

    assert not evidence.check("Lamps are free of charge for members.").supported


def test_chinese() -> None:
    evidence = Evidence(["未使用的灯具可在三十天内退货。打开过的灯泡不能退货。"])

    assert evidence.check("未使用的灯具可在三十天内退货。").supported
    assert not evidence.check("打开过的灯泡可以退货。").supported
    assert not evidence.check("我们的椅子由橡木制成。").supported


def test_without_passages_nothing_is_supported() -> None:
    assert not Evidence([]).check("Lamps are free.").supported
