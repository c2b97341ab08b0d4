"""An encoder is measured by the passages that it finds for questions."""

import json

import pytest

from inference.training.evaluate.rows import read_rows

PASSAGES = (
    {"id": "delivery", "title": "Delivery", "text": "Parcels arrive within three days."},
    {"id": "returns", "text": "Send a lamp back within thirty days and get your money back."},
    {"id": "bulbs", "text": "The desk lamp takes a bulb with an E14 socket."},
)
QUESTIONS = (
    {"question": "How long does shipping take?", "relevant": ["delivery"]},
    {"question": "Which light bulb do I need?", "relevant": ["bulbs"]},
    {"question": "Can I return it?", "relevant": ["returns"]},
    {"question": "Who won the cup?", "answerable": False},
)


@pytest.fixture
def files(tmp_path):
    def write(passages=PASSAGES, questions=QUESTIONS):
        told = []
        for flag, lines in (("passages", passages), ("asked", questions)):
            file = tmp_path / f"{flag}.jsonl"
            file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
            told += [f"--{flag}", file]
        return told

    return write


def test_recall_and_reciprocal_rank_of_real_weights_are_given(measured, files, real_encoder, tmp_path):
    *steps, last = measured("--model", real_encoder, *files(), "--measures", "retrieval")

    figures = last["result"]["figures"]
    assert set(figures) == {"recall_at_1", "recall_at_5", "mrr_at_10", "texts_per_second", "resident_mb"}
    assert (figures["recall_at_1"]["value"], figures["mrr_at_10"]["value"]) == (1.0, 1.0)
    assert figures["recall_at_5"]["n"] == len(steps) == 3
    assert figures["texts_per_second"]["value"] > 0
    assert figures["resident_mb"]["value"] > 0
    ranked = {row.said["question"]: row.said["answer"] for row in read_rows(tmp_path / "rows.jsonl")}
    assert ranked["Which light bulb do I need?"].startswith("bulbs, ")


@pytest.mark.parametrize(
    ("passages", "questions", "said"),
    [
        (({"id": "a"},), QUESTIONS, "line 1: “text” must be a text"),
        (PASSAGES, ({"relevant": ["delivery"]},), "line 1: “question” must be a text"),
        (PASSAGES, ({"question": "When?", "relevant": "delivery"},), "line 1: “relevant” must be a list"),
        (PASSAGES, ({"question": "When?", "relevant": ["b"]},), "there is no passage “b”"),
        (PASSAGES, ({"question": "When?"},), "no question that names a passage"),
    ],
)
def test_files_of_something_else_are_refused(passages, questions, said, measured, files, tmp_path):
    told = measured("--model", tmp_path, *files(passages, questions), "--measures", "retrieval")
    assert said in told[-1]["error"] and told[-1]["code"] == "bad_data"


def test_a_folder_that_holds_no_encoder_and_missing_files_are_refused(measured, files, base):
    (told,) = measured("--model", base, *files(), "--measures", "retrieval")
    assert told["code"] == "bad_network"
    (told,) = measured("--model", base, "--measures", "retrieval")
    assert told["code"] == "bad_setting" and "--passages" in told["error"]
