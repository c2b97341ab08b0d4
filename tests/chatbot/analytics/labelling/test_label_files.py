"""A file of labelled texts is imported whole, or not at all with the lines that are wrong."""

import json
import os

import pytest

from accounts.models import AuditEntry
from chatbot.analytics.labelling.label_files import (
    DraftGone,
    forget_old_drafts,
    import_draft,
    keep_draft,
    remove,
    table_of,
)
from chatbot.analytics.labelling.label_reading import (
    LEAVE_OUT,
    Reading,
    likely_reading,
    read_labels,
    words_in,
)
from chatbot.analytics.labelling.label_tables import MOST_BYTES, MOST_ROWS, BadFile, read_table
from chatbot.analytics.models import LabelledFile, LabelledText

PLAIN = Reading("text", "label")


def problems(content, reading=None):
    """Return the lines and sentences with which a file is refused."""
    with pytest.raises(BadFile) as caught:
        table = read_table(content if isinstance(content, bytes) else content.encode())
        read_labels(table, reading or likely_reading(table))
    return [(line, str(what)) for line, what in caught.value.errors]


def texts(content, reading=PLAIN):
    report = read_labels(read_table(content.encode()), reading)
    return [(text.line, text.text, text.label, text.language) for text in report.texts]


def test_csv_with_commas_semicolons_tabs_quotes_and_line_breaks():
    expected = [
        (2, "Bright, and it is cheap", "positive", "en"),
        (3, "It broke\nthe next day", "negative", "en"),
        (5, "还可以", "neutral", "zh"),
    ]
    for mark in ",;\t":
        rows = [
            ["text", "label"],
            ['"Bright, and it is cheap"', "Positive"],
            ['"It broke\nthe next day"', " NEGATIVE "],
        ]
        content = "\ufeff" + "\r\n".join(mark.join(row) for row in [*rows, ["还可以", "neutral"]]) + "\r\n"
        assert texts(content) == expected


def test_json_lines_with_languages_and_empty_lines():
    lines = [
        {"text": "Good", "label": "positive", "lang": "en-GB"},
        {"text": "不错", "label": "positive", "lang": "zh_CN", "extra": [1, 2]},
    ]
    content = "\n\n".join(json.dumps(line, ensure_ascii=False) for line in lines)

    assert texts(content, Reading("text", "label", "lang")) == [
        (1, "Good", "positive", "en"),
        (3, "不错", "positive", "zh"),
    ]


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        ("", 1, "empty"),
        ("  \n\n", 1, "empty"),
        ("text,label\n", 1, "no rows"),
        ("text\nGood\n", 1, "one column"),
        ("text,label,label\na,positive,positive\n", 1, "Two columns"),
        ("text,\na,positive\n", 1, "no name"),
        ("text,label\nGood,positive\nOne, two,negative\n", 3, "3 cells"),
        ("text,label\nGood\n", 2, "1 cells"),
        ('text,label\nGood,positive\n"Never closed,negative\n', 3, "quotation mark"),
        ("text,label\nGood,positive\n,negative\n", 3, "no text"),
        ("text,label\nGood,\n", 2, "no label"),
        ("text,label\nGood,splendid\n", 2, "“splendid” is none of negative, neutral, positive"),
        ("text,label\nGood,1\n", 2, "“1” is none of"),
        ("text,label\n" + "x" * 10_001 + ",positive\n", 2, "more than 10000 characters"),
        ("text,label\n" + "x" * 100_001 + ",positive\n", 2, "more than 100000 characters"),
        ("text,label\nG\0od,positive\n", 2, "zero character"),
        ("text,label,lang\nGood,positive,Klingon language\n", 2, "no language"),
        ('[{"text": "Good", "label": "positive"}]', 1, "one JSON list"),
        ('{"text": "Good", "label": "positive"}\n{"text": oops}\n', 2, "no JSON object"),
        ('{"text": "Good", "label": "positive"}\n["a"]\n', 2, "no JSON object"),
        ('{"text": "Good", "label": "positive"}\n{"a":' + "[" * 9000 + "\n", 2, "no JSON object"),
        ('{"text": "Good", "label": true}\n', 1, "no label"),
        ('{"text": 12.5, "label": "positive"}\n', 1, "no text"),
        (b"text,label\nGood,positive\nSch\xf6n,positive\n", 3, "UTF-8"),
        ("text,label\nGood,positive\n".encode("utf-16"), 1, "UTF-8"),
        (b"PK\x03\x04\x14\x00\x08\x08\x08\x00\xd5\xf8", 1, "UTF-8"),
        (b"x" * (MOST_BYTES + 1), 1, "more than 20 MB"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(content, line, words):
    found = problems(content)

    assert found[0][0] == line
    assert words in found[0][1]


def test_too_many_rows_are_refused():
    content = "text,label\n" + "a,positive\n" * (MOST_ROWS + 1)

    assert "at most 200000 rows" in problems(content)[0][1]


def test_all_wrong_lines_are_listed_and_at_most_fifty():
    found = problems("text,label\n" + "".join(f"Text {number},odd\n" for number in range(80)))

    assert [line for line, _what in found] == list(range(2, 52))


@pytest.mark.parametrize("word", ["pos", "1", "-1", "积极", "Positiv", "good"])
def test_a_synonym_means_nothing_until_somebody_says_what(word):
    content = f"text,label\nGood,{word}\nFine,neutral\n"
    assert problems(content)[0][0] == 2

    found = texts(content, Reading("text", "label", words={word: "positive"}))

    assert [label for _line, _text, label, _language in found] == ["positive", "neutral"]


def test_words_are_offered_with_how_often_they_stand_there():
    table = read_table(b"text,label\na,pos\nb,neg\nc,pos\nd,neutral\n")

    assert words_in(table, "label") == [("pos", 2), ("neg", 1)]


def test_rows_of_a_word_can_be_left_out():
    table = read_table(b"text,label\na,pos\nb,mixed\n")

    report = read_labels(table, Reading("text", "label", words={"pos": "positive", "mixed": LEAVE_OUT}))

    assert [text.text for text in report.texts] == ["a"]
    assert report.left_out() == {"duplicates": 0, "contradictions": 0, "words": 1}


def test_a_column_of_texts_is_not_taken_for_labels():
    content = "label,text\n" + "".join(f"words {number},positive\n" for number in range(60))

    assert "Is it the label?" in problems(content, Reading("text", "label"))[0][1]
    assert "no column “tone”" in problems(content, Reading("text", "tone"))[0][1]
    assert "two columns" in problems(content, Reading("label", "label"))[0][1]


def test_a_repeated_text_counts_once():
    report = read_labels(
        read_table("text,label\nGood  lamp,positive\ngood lamp,positive\nＧood lamp,positive\n".encode()),
        PLAIN,
    )

    assert [text.line for text in report.texts] == [2]
    assert report.duplicates == [(3, 2), (4, 2)]


def test_a_text_with_two_labels_is_an_error_or_left_out_where_that_is_wanted():
    content = "text,label\nFine,positive\nFine,neutral\nBad,negative\n"
    assert problems(content) == [(3, "The same text is neutral here and positive in line 2.")]

    report = read_labels(
        read_table(content.encode()), Reading("text", "label", leaves_out_contradictions=True)
    )

    assert [text.text for text in report.texts] == ["Bad"]
    assert report.contradictions == [(3, 2)]


def test_texts_that_do_not_say_their_language_have_that_of_the_file():
    content = "text,label\nIt is the best,positive\nWhat can I do,negative\nMeh,neutral\n不好,negative\n"

    assert [language for _line, _text, _label, language in texts(content)] == ["en", "en", "en", "zh"]


def test_likely_columns_are_found_by_their_names():
    table = read_table("id,评论,情感,lang\n1,不错,positive,zh\n".encode())

    assert likely_reading(table) == Reading("评论", "情感", "lang")


def test_an_import_stores_all_texts_and_is_recorded(site, administrator, django_capture_on_commit_callbacks):
    draft = keep_draft("shop.csv", b"text,label\nGood,positive\nBad,neg\n", by=administrator, site=site)

    with django_capture_on_commit_callbacks(execute=True):
        import_draft(draft, Reading("text", "label", words={"neg": "negative"}), by=administrator)

    assert draft.state == "imported"
    assert draft.counts() == {"": {"negative": 1, "neutral": 0, "positive": 1}}
    assert sorted(LabelledText.objects.values_list("text", "label")) == [
        ("Bad", "negative"),
        ("Good", "positive"),
    ]
    entry = AuditEntry.objects.get(kind="sentiment.labels_imported")
    assert (entry.data["texts"], entry.actor_id, entry.site_id) == (2, administrator.pk, site.pk)
    with pytest.raises(DraftGone):
        table_of(draft)


def test_nothing_is_half_imported(administrator):
    draft = keep_draft("shop.csv", b"text,label\nGood,positive\nBad,neg\n", by=administrator)

    with pytest.raises(BadFile):
        import_draft(draft, PLAIN, by=administrator)

    draft.refresh_from_db()
    assert draft.state == "draft"
    assert not LabelledText.objects.exists()
    assert not AuditEntry.objects.filter(kind="sentiment.labels_imported").exists()


def test_a_draft_is_imported_once(administrator):
    draft = keep_draft("shop.csv", b"text,label\nGood,positive\n", by=administrator)
    import_draft(LabelledFile.objects.get(pk=draft.pk), PLAIN, by=administrator)

    with pytest.raises(DraftGone):
        import_draft(draft, PLAIN, by=administrator)

    assert LabelledText.objects.count() == 1


def test_a_file_that_is_no_table_is_not_kept(db, folders):
    with pytest.raises(BadFile):
        keep_draft("shop.csv", b"\xff\xff", by=None)

    assert not LabelledFile.objects.exists()
    assert not (folders / "labelling").exists()


def test_the_bytes_of_a_draft_are_for_nobody_else(db, folders):
    draft = keep_draft("shop.csv", b"text,label\nGood,positive\n", by=None)

    (kept,) = (folders / "labelling" / "drafts").iterdir()
    assert kept.name == draft.public_id
    assert kept.stat().st_mode & 0o077 == 0


def test_a_draft_that_nobody_imports_goes_after_a_day(db, folders):
    old = keep_draft("old.csv", b"text,label\nGood,positive\n", by=None)
    young = keep_draft("young.csv", b"text,label\nGood,positive\n", by=None)
    os.utime(folders / "labelling" / "drafts" / old.public_id, (0, 0))

    assert forget_old_drafts() == 1

    assert list(LabelledFile.objects.all()) == [young]


def test_a_removed_file_takes_its_texts_along_and_is_recorded(labels, administrator):
    remove(labels, by=administrator)

    assert not LabelledText.objects.exists()
    assert AuditEntry.objects.get(kind="sentiment.labels_removed").data["texts"] == 120


def test_a_file_of_a_site_goes_when_the_site_goes(site, administrator):
    draft = keep_draft("shop.csv", b"text,label\nGood,positive\n", by=administrator, site=site)
    import_draft(draft, PLAIN, by=administrator)

    site.delete()

    assert not LabelledText.objects.exists()
