"""Curated answers come from CSV files, all rows or none, and go out as they came in."""

import pytest

from chatbot.knowledge.answer_files import BadFile, csv_pieces, import_answers
from chatbot.knowledge.curated import BadAnswer, add_answer
from chatbot.knowledge.models import Document

pytestmark = pytest.mark.django_db


def answers():
    return dict(Document.objects.order_by("pk").values_list("questions", "text"))


@pytest.mark.parametrize(
    "content",
    [
        b"Question,Answer\nDelivery?,Three days.\n",
        b"\xef\xbb\xbfanswer;other;q\nThree days.;x;Delivery?\n",
        "答案\t问题\nThree days.\tDelivery?\n".encode("gb18030"),
        "question,answer\r\nDelivery?,Three days.\r\n".encode("utf-16"),
    ],
)
def test_columns_are_found_by_their_names(site, editor, content):
    import_answers(site, content, editor)

    assert answers() == {"Delivery?": "Three days."}


def test_one_wrong_row_imports_nothing_and_is_named(site, editor):
    with pytest.raises(BadFile) as refused:
        import_answers(site, b"question,answer\nA?,Yes.\n,No.\nB?,\na?,Again.\n", editor)

    assert [row for row, _what in refused.value.errors] == [3, 4, 5]
    assert not Document.objects.exists()


@pytest.mark.parametrize(
    "content", [b"", b"a,b\n1,2\n", b"question,answer\n", b"\xff\x00\xfe", b"question,answer\n\x00,\x00\n"]
)
def test_a_file_of_something_else_is_refused(site, editor, content):
    with pytest.raises(BadFile):
        import_answers(site, content, editor)

    assert not Document.objects.exists()


def test_what_goes_out_comes_in_again(site, other_site, editor):
    add_answer(
        site, ["Delivery?", "送货？"], "- Three days\n- or four", editor, url="https://lumen.example/a"
    )
    add_answer(site, ["=1+1?"], "Two, “exactly”.", editor)
    before = answers()
    file = "".join(csv_pieces([site.pk]))

    assert ",=1" not in file and "\n=1" not in file
    again = import_answers(site, file.encode(), editor)
    assert (again.added, again.changed, again.same) == (0, 0, 2)
    Document.objects.all().delete()
    import_answers(site, file.encode(), editor)
    assert answers() == before
    assert "".join(csv_pieces([other_site.pk])).count("\n") == 1


def test_a_known_question_gets_its_new_answer(site, editor):
    add_answer(site, ["Delivery?", "How long?"], "Three days.", editor)

    done = import_answers(site, b"question,answer\nhow long?,Five days.\nReturns?,60 days.\n", editor)

    assert (done.added, done.changed) == (1, 1)
    assert answers() == {"how long?": "Five days.", "Returns?": "60 days."}


@pytest.mark.parametrize(
    ("questions", "text"), [([], "x"), (["", " "], "x"), (["q"], " "), (["q" * 1001], "x")]
)
def test_a_bad_answer_is_not_stored(site, editor, questions, text):
    with pytest.raises(BadAnswer):
        add_answer(site, questions, text, editor)

    assert not Document.objects.exists()
