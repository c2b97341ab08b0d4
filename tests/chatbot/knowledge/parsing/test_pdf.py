"""PDF: paragraphs under the outline's headings, and errors that say what is wrong."""

import pytest

from chatbot.knowledge.parsing import Limits, Unreadable, parse
from tests.chatbot.knowledge.parsing import samples

LINES = [
    "You can send a lamp back within 30 days of its delivery, as long as",
    "it is in its box and nothing is broken.",
    "We pay for the parcel.",
]


def code_of(content: bytes, **options: object) -> str:
    with pytest.raises(Unreadable) as error:
        parse(content, name="a.pdf", **options)  # type: ignore[arg-type]
    assert error.value.detail.endswith(".")
    return error.value.code


def test_lines_become_paragraphs_under_their_heading() -> None:
    parsed = parse(samples.pdf([("Returns", LINES), ("Shipping", ["Two days."])]), name="rules.pdf")

    assert parsed.title == "rules" and parsed.media_type == "application/pdf" and parsed.language == "en"
    assert [section.heading for section in parsed.sections] == ["Returns", "Shipping"]
    assert parsed.sections[0].text == f"{LINES[0]} {LINES[1]}\n\n{LINES[2]}"


def test_chinese_lines_are_joined_without_a_space() -> None:
    lines = ["您可以在收到商品后三十天内退货，只要商品完好无损并且", "包装完整。"]
    parsed = parse(samples.pdf([("退货", lines)], title="退货规则"), name="a.pdf")

    assert parsed.language == "zh" and parsed.title == "退货规则"
    assert parsed.sections[0].text == "".join(lines)


def test_without_an_outline_the_text_has_no_heading() -> None:
    parsed = parse(samples.pdf([("Returns", LINES)], outline=False), name="a.pdf")

    assert [section.heading for section in parsed.sections] == [""]
    assert "Returns" in parsed.sections[0].text


def test_what_stands_on_every_page_is_left_out() -> None:
    pages = [
        (f"Chapter {word}", [f"About {word}.", LINES[0], f"Of {word}.", f"End of {word}."])
        for word in ("one", "two", "three", "four", "five")
    ]
    parsed = parse(samples.pdf(pages, margins=("Lumen Lamps, terms", "Page {} of 5")), name="a.pdf")

    everything = " ".join(section.text for section in parsed.sections)
    assert "Lumen" not in everything and "of 5" not in everything
    assert "About three." in everything and everything.count(LINES[0]) == 5 and "End of five." in everything


def test_a_password_is_an_error_that_says_so() -> None:
    assert code_of(samples.pdf([("Returns", LINES)], password="secret")) == "encrypted"


def test_a_scan_is_an_error_that_says_so() -> None:
    with pytest.raises(Unreadable) as error:
        parse(samples.scan(), name="a.pdf")
    assert error.value.code == "empty" and "scan" in error.value.detail


def test_too_many_pages() -> None:
    pages = [("Page", ["x"])] * 4

    assert parse(samples.pdf(pages), name="a.pdf", limits=Limits(pages=4))
    assert code_of(samples.pdf(pages), limits=Limits(pages=3)) == "too_many_pages"


@pytest.mark.parametrize("cut", [8, 200, 600])
def test_a_torn_file(cut: int) -> None:
    assert code_of(samples.pdf([("Returns", LINES)])[:cut]) in ("broken", "empty")
