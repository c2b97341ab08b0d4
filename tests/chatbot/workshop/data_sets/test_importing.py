"""A file is imported whole or not at all, and what is wrong with it is said line by line."""

import json
import tracemalloc
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from chatbot.workshop.data_sets import jobs, looking_after, uploads
from chatbot.workshop.data_sets.importing import lines
from chatbot.workshop.data_sets.importing.wrong import BadFile, words_of
from chatbot.workshop.models import DataJob, DataSet, DataSource, Example

pytestmark = pytest.mark.django_db

HELLO = {"messages": [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "Because."}]}


def jsonl(*values):
    return "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values).encode()


def imported(data_set, content, name="lamps.jsonl"):
    """Import a file as the worker does; return the job as it ended."""
    pieces = content if isinstance(content, list) else [content]
    job = uploads.keep_upload(data_set, name, pieces, licence="", by=None, by_worker=False)
    jobs.carry_out(DataJob.objects.claim(job.public_id))
    job.refresh_from_db()
    return job


def refused(data_set, content, name="lamps.jsonl"):
    """Import what cannot be imported; return what is said of it."""
    job = imported(data_set, content, name)
    assert (job.state, job.message) == ("failed", "bad_file")
    assert not Example.objects.exists() and not DataSource.objects.exists()
    assert not list((data_set.folder / "uploads").iterdir())
    return [words_of(*problem) for problem in job.problems]


def test_dialogues_in_openais_format_are_imported(data_set):
    dialogue = {
        "messages": [
            {"role": "system", "content": "Be kind"},
            {"role": "user", "content": "It broke\u0007"},
            {"role": "assistant", "content": "What broke?", "weight": 0},
            {"role": "user", "content": "The lamp"},
            {"role": "assistant", "content": "Send it back"},
        ],
        "conversation": "c7",
        "language": "en-GB",
    }

    job = imported(
        data_set, b"\xef\xbb\xbf" + jsonl(dialogue, {**HELLO, "conversation": "c7"}, HELLO) + b"\n"
    )

    assert (job.state, job.detail) == ("done", "3")
    first, second, third = Example.objects.order_by("pk")
    assert [one["content"] for one in first.messages][:2] == ["Be kind", "It broke"]
    assert [one.get("weight") for one in first.messages] == [None, None, 0, None, None]
    assert (first.language, first.line, third.line) == ("en", 1, 3)
    assert first.group == second.group != third.group
    source = DataSource.objects.get()
    assert source.state == "ready" and len(source.sha256) == 64
    assert not list((data_set.folder / "uploads").iterdir())


@pytest.mark.parametrize(
    ("encoding", "comma"), [("utf-8-sig", ","), ("gb18030", ","), ("utf-16", "\t"), ("big5", ";")]
)
def test_tables_of_chinese_spreadsheets_are_read(data_set, encoding, comma):
    rows = [("燈壞了怎麼辦", "請寄回給我們"), ("我的包裹在哪裡", "在路上\n明天到"), ("可以退貨嗎", "可以的")]
    if encoding == "gb18030":
        rows = [
            ("灯坏了怎么办", "请寄回给我们"),
            ("我的包裹在哪里", "在路上\n明天到"),
            ("可以退货吗", "可以的"),
        ]
    text = f"问题{comma}答案\r\n" if encoding != "big5" else f"question{comma}answer\r\n"
    text += "".join(f'"{question}"{comma}"{answer}"\r\n' for question, answer in rows)

    job = imported(data_set, text.encode(encoding), "lamps.csv")

    assert job.state == "done", [words_of(*problem) for problem in job.problems]
    found = list(Example.objects.order_by("pk"))
    assert [(one.messages[0]["content"], one.messages[1]["content"]) for one in found] == rows
    assert {one.language for one in found} == {"zh"} and found[2].line == 5


def test_rows_of_one_conversation_are_one_dialogue(data_set):
    table = (
        b"question,answer,system,conversation\nA?,B,Be kind,1\nC?,D,,1\nE?,F,,2\nG?,H,,1\nI?,J,,\nK?,L,,\n"
    )

    imported(data_set, table, "lamps.csv")

    found = list(Example.objects.order_by("pk"))
    assert [len(one.messages) for one in found] == [5, 2, 2, 2, 2]
    assert found[0].group == found[2].group
    assert len({one.group for one in found}) == 4


BAD = {
    "empty": (b"  \n\n", "The file is empty."),
    "one example": (jsonl(HELLO), "Line 1: The file holds one example."),
    "not JSON": (jsonl(HELLO) + b"{nope\n", "Line 2: This is no JSON:"),
    "a list": (b"[\n" + jsonl(HELLO) + b"]\n", "Line 1: This is one JSON list."),
    "broken UTF-8": (
        jsonl(HELLO, HELLO) + b'{"messages": "\xff\xfe"}\n',
        "Line 3: This is not text in UTF-8",
    ),
    "a word": (b'"hello"\n', "Line 1: This is no JSON"),
    "no messages": (jsonl({"text": "x"}, HELLO), "Line 1: “messages” must be a list"),
    "a role": (jsonl(HELLO, {"messages": [{"role": "bot", "content": "x"}]}), "Line 2: “bot” is no role"),
    "no answer": (
        jsonl(HELLO, {"messages": [{"role": "user", "content": "x"}]}),
        "Line 2: There is no answer to learn from.",
    ),
    "answers that are context": (
        jsonl({"messages": [HELLO["messages"][0], {**HELLO["messages"][1], "weight": 0}]}),
        "Line 1: There is no answer to learn from.",
    ),
    "no question": (
        jsonl(HELLO, {"messages": [{"role": "assistant", "content": "x"}]}),
        "Line 2: There is no question",
    ),
    "an empty message": (
        jsonl({"messages": [{"role": "user", "content": " "}, HELLO["messages"][1]]}),
        "Line 1: Message 1 is empty.",
    ),
    "a number as a message": (
        jsonl({"messages": [{"role": "user", "content": 7}, HELLO["messages"][1]]}),
        "Line 1: Message 1 is no object",
    ),
    "a late system message": (
        jsonl({"messages": [*HELLO["messages"], {"role": "system", "content": "x"}]}),
        "Line 1: The system message is the first one",
    ),
    "deep nesting": (b"[" * 100_000 + b"\n", "Line 1: "),
}


@pytest.mark.parametrize(("content", "said"), BAD.values(), ids=BAD.keys())
def test_what_cannot_be_learnt_from_is_refused_with_its_line(data_set, content, said):
    assert refused(data_set, content)[0].startswith(said) or said in refused(data_set, content)[0]


BAD_TABLES = {
    "columns": (b"a,b\n1,2\n", "Line 1: The first line must name the columns question, answer."),
    "an open quotation mark": (b'question,answer\n"Why?,Because\nx,y\n', "This is not CSV"),
    "missing cells": (b"question,answer\nWhy?\nx,y\n", "Line 2: There are other cells"),
    "bytes of no encoding": (
        b"question,answer\nWhy?,Caf\xff\xfe\xff\xff\n",
        "Line 2: This is not text in UTF-8",
    ),
    "zeros": (b"question,answer\nWhy?,\0\0\n", "Line 2: There is a zero character"),
}


@pytest.mark.parametrize(("content", "said"), BAD_TABLES.values(), ids=BAD_TABLES.keys())
def test_what_is_no_table_is_refused_with_its_line(data_set, content, said):
    assert said in refused(data_set, content, "lamps.csv")[0]


def test_all_that_is_wrong_is_said_at_once_up_to_fifty_lines(data_set):
    said = refused(data_set, jsonl(*[{"messages": []}] * 60))

    assert len(said) == 50 and said[49].startswith("Line 50:")


@pytest.mark.parametrize("name", ["lamps.jsonl", "lamps.csv"])
def test_a_line_of_fifty_megabytes_is_refused_without_being_held(data_set, name):
    piece = b"x" * 1_000_000
    start = jsonl(HELLO) + b'{"messages": "' if name.endswith("jsonl") else b"question,answer\nWhy?,"
    tracemalloc.start()
    try:
        said = refused(data_set, [start, *[piece] * 50, b'"}\n'], name)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert "Line 2: The line has more than 1 MB." in said[0]
    assert peak < 30_000_000


def test_a_worker_that_dies_leaves_nothing_half_imported(data_set, monkeypatch):
    job = uploads.keep_upload(
        data_set, "lamps.jsonl", [jsonl(*[HELLO] * 600)], licence="", by=None, by_worker=False
    )
    claimed = DataJob.objects.claim(job.public_id)

    def killed(*_arguments, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr(jobs, "_make_ready", killed)
    with pytest.raises(KeyboardInterrupt):
        jobs.carry_out(claimed)
    assert Example.objects.count() == 600 and not Example.objects.there().exists()
    DataJob.objects.update(touched_at="2020-01-01T00:00Z")

    looking_after.look_after()

    job.refresh_from_db()
    assert (job.state, job.message) == ("failed", "abandoned")
    assert not Example.objects.exists() and not DataSource.objects.exists()


def test_a_cancelled_import_leaves_nothing(data_set):
    job = uploads.keep_upload(
        data_set, "lamps.jsonl", [jsonl(*[HELLO] * 1200)], licence="", by=None, by_worker=False
    )
    claimed = DataJob.objects.claim(job.public_id)
    looking_after.cancel(claimed)

    jobs.carry_out(claimed)

    job.refresh_from_db()
    assert job.state == "cancelled" and not DataSource.objects.exists() and not Example.objects.exists()


def test_labelled_texts_are_imported_with_or_without_a_label(db):
    data_set = DataSet.objects.create(name="Moods", kind="labelled")

    imported(data_set, "text,label,intent\n灯坏了,negative,repair\nFine,,\n".encode(), "moods.csv")

    found = list(Example.objects.order_by("pk"))
    assert [(one.question, one.sentiment, one.intent) for one in found] == [
        ("灯坏了", "negative", "repair"),
        ("Fine", "", ""),
    ]
    Example.objects.all().delete()
    DataSource.objects.all().delete()
    said = refused(data_set, jsonl({"text": "a", "label": "good"}, {"text": "b"}))
    assert "Line 1: The label “good” is none of" in said[0]


def test_the_command_imports_and_says_what_is_wrong(db, tmp_path):
    good, bad = tmp_path / "lamps.jsonl", tmp_path / "bad.jsonl"
    good.write_bytes(jsonl(HELLO, HELLO))
    bad.write_bytes(jsonl(HELLO, {"messages": []}))
    out = StringIO()

    call_command("importdialogues", str(good), data_set="Lamps", licence="CC0", stdout=out)

    assert "2 examples were imported." in out.getvalue()
    assert DataSource.objects.get().licence == "CC0" and good.exists()
    with pytest.raises(CommandError, match="Line 2: “messages” must be a list"):
        call_command("importdialogues", str(bad), data_set="Lamps")
    assert Example.objects.count() == 2
    with pytest.raises(CommandError, match="cannot be kept"):
        call_command("importdialogues", str(tmp_path / "nowhere.jsonl"))
    assert DataSet.objects.count() == 1


def test_a_bad_byte_between_two_pieces_is_found_in_its_line(tmp_path, monkeypatch):
    monkeypatch.setattr(lines, "_PIECE", 4)
    path = tmp_path / "text.csv"
    path.write_bytes("ab\né€\nxÿ".encode()[:-1] + b"\xff rest")

    with pytest.raises(BadFile) as caught:
        lines.encoding_of(path)

    assert caught.value.problems[0][:2] == (3, "not_text")
