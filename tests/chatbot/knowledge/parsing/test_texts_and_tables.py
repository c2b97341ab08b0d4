"""Markdown, plain text and CSV."""

import pytest

from chatbot.knowledge.parsing import Limits, Section, Unreadable, parse

MARKDOWN = """---
title: "Terms"
---
# Returns

Within *30* days, see [here](http://evil.example/) ![picture](x.png).
Next line.

## How

1. Pack it
2. Send `it`

| To | Price |
|---|---|
| Norway | 5 |

<!-- hidden --><div>seen</div>

```
code  here
```
"""


def test_markdown_keeps_headings_and_loses_marks_and_addresses() -> None:
    parsed = parse(MARKDOWN.encode(), name="a.md")

    assert parsed.title == "Terms" and parsed.media_type == "text/markdown"
    assert parsed.sections == [
        Section("Returns", "Within 30 days, see here . Next line."),
        Section("Returns › How", "- Pack it\n\n- Send it\n\nTo | Price\n\nNorway | 5\n\nseen\n\ncode  here"),
    ]


def test_the_first_heading_is_the_title_of_markdown() -> None:
    assert parse(b"# Returns\n\ntext", name="a.md").title == "Returns"


@pytest.mark.parametrize(
    ("text", "charset"),
    [
        ("退货政策\n\n您可以在收到商品后三十天内退货，运费由我们承担。", "gb18030"),
        ("退货政策\n\n您可以在收到商品后三十天内退货，运费由我们承担。", "utf-16"),
        ("退货政策\n\n您可以在收到商品后三十天内退货，运费由我们承担。", "utf-8-sig"),
        ("Größe und Rückgabe\n\nDie Rückgabe ist für Sie frei, auch nach 30 Tagen.", "latin-1"),
        ("Größe und Rückgabe\n\nDie Rückgabe ist für Sie frei, auch nach 30 Tagen.", "utf-16-le"),
    ],
)
def test_text_is_read_whatever_wrote_it(text: str, charset: str) -> None:
    parsed = parse(text.replace("\n", "\r\n").encode(charset), name="notes.txt")

    assert parsed.title == "notes" and parsed.sections == [Section("", text)]
    assert parsed.language == ("zh" if "退" in text else "de")


def test_control_and_invisible_characters_go() -> None:
    assert parse("a\u200bb\x07c\u202ed e\ufeff".encode(), name="a.txt").sections[0].text == "abcd e"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_table_becomes_records(delimiter: str) -> None:
    rows = [["question", "answer"], ["Cost?", '"None, ""really"""'], ["When?", '"Mon;\nTue"']]
    content = "\n".join(delimiter.join(row) for row in rows)

    parsed = parse(content.encode(), name="a.csv")

    assert parsed.records == [
        {"question": "Cost?", "answer": 'None, "really"'},
        {"question": "When?", "answer": "Mon;\nTue"},
    ]
    assert parsed.sections[0] == Section("", 'question: Cost?\nanswer: None, "really"')


def test_rows_of_different_lengths_and_fields_without_a_name() -> None:
    parsed = parse(b"a,,a\n1,2,3,4\n\n,,\n5\n", name="a.csv")

    assert parsed.records == [{"a": "1", "2": "2", "a (3)": "3", "4": "4"}, {"a": "5"}]


def test_a_table_of_names_alone_is_empty_and_one_too_long_is_refused() -> None:
    for content, limits, code in (
        (b"question,answer\n", Limits(), "empty"),
        (b"a\n" + b"x\n" * 11, Limits(rows=10), "too_many_rows"),
    ):
        with pytest.raises(Unreadable) as error:
            parse(content, name="a.csv", limits=limits)
        assert error.value.code == code
