"""An evaluation goes on in the worker: it is watched, cancelled, and begun anew when the worker dies."""

import shutil
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from chatbot.workshop.evaluating import asking, measuring
from chatbot.workshop.evaluating.asking import CannotAsk, ask, ask_again, cancel
from chatbot.workshop.evaluating.looking_after import look_after
from chatbot.workshop.evaluating.measuring import carry_out
from chatbot.workshop.evaluating.words import sentence
from chatbot.workshop.models import DataSet, DataSetVersion, Evaluation
from inference.training.evaluate.rows import read_rows

pytestmark = pytest.mark.django_db

PROGRAM = str(Path(__file__).parents[3] / "training_program.py")


def worked(evaluation, *program):
    """Let a worker do it, and return it as it is stored then."""
    claimed = Evaluation.objects.claim_next()
    assert claimed == evaluation
    carry_out(claimed, program or measuring.PROGRAM)
    return Evaluation.objects.get(pk=evaluation.pk)


def test_a_version_is_measured_on_held_back_data(evaluation, told, administrator):
    found = worked(evaluation)

    assert (found.state, found.message) == ("done", "measured"), found.detail
    assert found.figure("perplexity")["n"] == 6
    assert found.figure("over_refused")["n"] == 3
    assert found.conditions["threads"] >= 1 and found.conditions["precision"] == "fp32"
    assert found.done == found.total == 12
    assert {row.measure for row in read_rows(found.per_example)} == {"perplexity", "refusals"}
    assert list((found.folder.parents[1] / "workshop" / "evaluating").iterdir()) == []
    assert Evaluation.objects.newest_for(found.version) == found


def test_it_is_on_the_record_who_asked_and_who_cancelled(version, data, administrator, told):
    evaluation = ask(version, measures=["speed"], by=administrator)
    cancel(evaluation, by=administrator)

    assert list(AuditEntry.objects.order_by("pk").values_list("kind", flat=True))[-2:] == [
        "workshop.evaluation_asked",
        "workshop.evaluation_cancelled",
    ]
    assert Evaluation.objects.get().state == "cancelled"


def test_one_is_measured_after_the_other(version, data, evaluation, told):
    second = ask(version, measures=["speed"], by=None)

    first = Evaluation.objects.claim_next()
    assert first == evaluation
    assert Evaluation.objects.claim_next() is None
    first.end(Evaluation.State.DONE)
    assert Evaluation.objects.claim_next() == second


def test_an_evaluation_can_be_cancelled_while_it_is_at_work(evaluation):
    claimed = Evaluation.objects.claim_next()
    claimed.cancel()

    carry_out(claimed, (sys.executable, PROGRAM, "endless"))

    found = Evaluation.objects.get()
    assert (found.state, found.figures) == ("cancelled", {})


@pytest.mark.parametrize(
    ("mode", "message"),
    [
        ("crash", "failed"),
        ("bad_data", "bad_data"),
        ("killed", "killed"),
        ("full", "no_room"),
        ("garbage", "no_result"),
        ("memory", "no_memory"),
    ],
)
def test_what_goes_wrong_is_said_in_words(mode, message, evaluation):
    found = worked(evaluation, sys.executable, PROGRAM, mode)

    assert (found.state, found.message) == ("failed", message)
    words = sentence(found.message, found.detail)
    assert words != found.message and "%" not in words and not words.endswith(": ")


def test_an_evaluation_whose_worker_died_begins_anew_but_not_for_ever(evaluation):
    for _attempt in range(Evaluation.most_attempts):
        assert Evaluation.objects.claim_next() == evaluation
        long_ago = timezone.now() - timedelta(hours=1)
        Evaluation.objects.update(touched_at=long_ago)
        look_after()

    found = Evaluation.objects.get()
    assert (found.state, found.message) == ("failed", "too_often")
    assert str(Evaluation.most_attempts) in sentence(found.message, found.detail)


def test_what_a_dead_worker_left_is_measured_after_all(evaluation):
    Evaluation.objects.claim_next()
    Evaluation.objects.update(touched_at=timezone.now() - timedelta(hours=1))
    look_after()

    assert worked(evaluation).state == "done"


def test_a_late_worker_changes_nothing(evaluation):
    late = Evaluation.objects.claim_next()
    Evaluation.objects.update(touched_at=timezone.now() - timedelta(hours=1))
    look_after()

    carry_out(late)

    assert Evaluation.objects.get().state == "waiting"
    assert not evaluation.per_example.exists()


@pytest.mark.parametrize("measures", [[], ["labels"]])
def test_what_cannot_be_measured_of_a_version_is_refused(measures, version, data):
    with pytest.raises(CannotAsk):
        ask(version, measures=measures, data=data, by=None)
    assert not Evaluation.objects.exists()


def test_what_needs_data_is_refused_without_and_with_data_of_another_kind(version, folders):
    labelled = DataSet.objects.create(name="labels", kind="labelled")
    other = DataSetVersion.objects.create(data_set=labelled, number=1)

    with pytest.raises(CannotAsk, match="Choose a data set"):
        ask(version, measures=["perplexity"], by=None)
    with pytest.raises(CannotAsk, match="labelled texts"):
        ask(version, measures=["perplexity"], data=other, by=None)


def test_data_that_was_changed_since_is_refused(version, data):
    (data.folder / "test.jsonl").write_text("{}\n")

    with pytest.raises(CannotAsk, match="changed"):
        ask(version, measures=["perplexity"], data=data, by=None)


def test_questions_come_with_their_passages(version):
    with pytest.raises(CannotAsk, match="belong together"):
        ask(version, measures=["answers"], files={asking.QUESTIONS: b"{}"}, by=None)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (asking.PROMPTS, b'{"prompt": "Why?"}', "Line 1"),
        (asking.PROMPTS, b"\xff\xfe", "UTF-8"),
        (asking.PASSAGES, b'{"id": "a"}', "passages.jsonl, line 1"),
        (asking.QUESTIONS, b"[]", "questions.jsonl, line 1"),
        (asking.QUESTIONS, b"", "no lines"),
    ],
)
def test_a_file_of_something_else_is_refused_by_its_own_name(name, content, said, tmp_path):
    with pytest.raises(CannotAsk, match=said) as refused:
        asking.check_file(name, content, tmp_path)
    assert str(tmp_path) not in str(refused.value)


def test_measuring_again_asks_for_the_same_with_the_same_files(version, told):
    prompts = b'{"prompt": "Hurt him?", "unsafe": true}\n'
    first = ask(version, measures=["refusals"], files={asking.PROMPTS: prompts}, by=None)
    cancel(first, by=None)

    again = ask_again(first, by=None)

    found = worked(again)
    assert found.figure("refused_unsafe")["n"] == 1 and found.figure("over_refused") is None
    assert (again.folder / asking.PROMPTS).read_bytes() == prompts


ANSWERS = """
import json, sys
told = sys.argv
lines = open(told[told.index("--dataset") + 1], encoding="utf-8").read().split("\\n")
with open(told[told.index("--answers") + 1], "w") as out:
    for number, line in enumerate(filter(None, lines)):
        asked = json.loads(line)
        answerable = asked.get("answerable", True)
        out.write(json.dumps({
            "question": asked["question"], "answer": "Yes.", "kind": "unknown" if number % 2 else "checked",
            "reference": asked.get("reference", ""), "answerable": answerable,
            "cited_relevant": True if asked.get("relevant") else None,
            "token_f1": 0.5 if answerable else None,
        }) + "\\n")
print(json.dumps({"step": 1, "of": 1}))
print(json.dumps({"result": {}}))
"""


def test_the_whole_reply_path_is_asked_about_the_shop_that_comes_along(version, told, tmp_path):
    evaluation = ask(version, measures=["answers"], by=None)
    claimed = Evaluation.objects.claim_next()

    carry_out(claimed, command=(sys.executable, "-c", ANSWERS))

    found = Evaluation.objects.get(pk=evaluation.pk)
    assert found.state == "done", found.detail
    figures = found.figures
    assert set(figures) == {
        *("cited", "token_f1", "refused_when_unanswerable", "refused_when_answerable"),
    }
    assert figures["cited"]["value"] == 1.0 and figures["token_f1"]["value"] == 0.5
    assert figures["refused_when_unanswerable"]["n"] + figures["refused_when_answerable"]["n"] == 23


def test_an_encoder_is_measured_by_the_passages_of_the_shop_that_comes_along(
    make_version, told, folders, real_encoder
):
    encoder = make_version("encoder")
    shutil.rmtree(encoder.folder)
    encoder.folder.symlink_to(real_encoder)
    evaluation = ask(encoder, measures=["retrieval"], by=None)

    carry_out(Evaluation.objects.claim_next())

    found = Evaluation.objects.get(pk=evaluation.pk)
    assert found.state == "done", found.detail
    assert set(found.figures) == {
        "recall_at_1",
        "recall_at_5",
        "mrr_at_10",
        "texts_per_second",
        "resident_mb",
    }
    # Some of the shop's questions are answered by no passage.
    assert 10 <= found.figures["recall_at_5"]["n"] < 23
    assert found.figures["recall_at_5"]["value"] > 0.9
