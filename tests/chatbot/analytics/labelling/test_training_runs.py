"""A training run goes on in the worker: it is watched, cancelled, and begun again whatever befell it."""

import json
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import AuditEntry
from chatbot.analytics.labelling import runs
from chatbot.analytics.labelling.collecting import is_held_back
from chatbot.analytics.labelling.problems import sentence
from chatbot.analytics.labelling.runs import AlreadyTraining, ask, ask_again, carry_out, look_after_runs
from chatbot.analytics.models import SentimentHead, TrainingRun
from inference import training_process, training_progress
from inference.single_jobs import TakenOver
from tests.chatbot.analytics.labelling.conftest import labelled_file

pytestmark = pytest.mark.django_db

PROGRAM = str(Path(__file__).parents[3] / "training_program.py")


def program(mode):
    return (sys.executable, PROGRAM, mode)


@pytest.fixture
def run(head, labels, administrator, told):
    return ask([labels], uses_corrections=False, seed=1, by=administrator)


def worked(run, mode):
    """Let a worker do the run with a program of this mode, and return it as it is stored then."""
    carry_out(TrainingRun.objects.claim(run.public_id), program(mode))
    return TrainingRun.objects.get(pk=run.pk)


def left_on_disk(folders):
    return list((folders / "labelling" / "runs").iterdir())


def test_a_run_gives_a_head_that_waits_to_be_activated(run, head, folders):
    run = worked(run, "better")

    assert (run.state, run.message, run.done, run.total) == ("done", "trained", 4, 4)
    assert [point[0] for point in run.losses] == [1, 2, 3, 4]
    assert "epoch: 1" in run.log
    assert run.head.display_name == "sentiment@2" and not run.head.is_active
    assert run.head.source == f"training run {run}"
    assert SentimentHead.objects.get(pk=run.head.pk).facts["base"] == "tiny-encoder"
    assert run.parent == head
    assert run.data["texts"] == 120 and run.data["from_files"] == 120
    assert run.result["after"]["ece"] == 0.03
    assert left_on_disk(folders) == []


def test_who_asked_is_on_the_record(run, administrator):
    entry = AuditEntry.objects.get(kind="sentiment.training_asked")

    assert (entry.actor_id, entry.about_id) == (administrator.pk, run.public_id)


def test_the_program_is_told_what_to_start_from_and_its_texts_are_private(run, head, encoder, monkeypatch):
    seen = {}

    def look(command, *, folder, home, threads, on_line, should_stop, priority):
        labels = Path(command[command.index("--labels") + 1])
        seen.update(
            command=command,
            lines=[json.loads(line) for line in labels.read_text().splitlines()],
            modes=[path.stat().st_mode & 0o077 for path in (folder, labels)],
        )
        raise training_process.TrainingFailed("no_result")

    monkeypatch.setattr(training_process, "run", look)
    worked(run, "better")

    told = dict(zip(seen["command"][4::2], seen["command"][5::2], strict=True))
    assert (told["--base"], told["--start"]) == (str(encoder.folder), str(head.folder))
    assert told["--seed"] == "1"
    assert seen["modes"] == [0, 0]
    assert len(seen["lines"]) == 120
    assert {line["split"] for line in seen["lines"]} == {"train", "test"}
    assert all((line["split"] == "test") == is_held_back(line["text"]) for line in seen["lines"])


def test_the_same_texts_are_the_same_data_and_the_same_ones_are_held_back(run, labels, told, administrator):
    first = worked(run, "better")
    second = worked(ask_again(first, by=administrator), "better")

    assert first.data_sha256 == second.data_sha256
    assert 10 < first.data["held_back"] < 40


def test_progress_is_stored_while_it_learns(run, monkeypatch):
    monkeypatch.setattr(training_progress, "_STORED_EVERY_SECONDS", 0.0)
    stored = []
    store = TrainingRun.store

    def watch(self, **fields):
        stored.append((fields.get("done"), fields.get("total"), fields.get("seconds_left")))
        return store(self, **fields)

    monkeypatch.setattr(TrainingRun, "store", watch)
    worked(run, "better")

    assert [each for each in dict.fromkeys(stored) if each[0] is not None and each[1] is not None] == [
        (1, 4, 3),
        (2, 4, 2),
        (3, 4, 1),
        (4, 4, 0),
        (4, 4, None),
    ]


def test_a_run_is_cancelled_in_the_middle_and_leaves_nothing(run, folders, monkeypatch):
    monkeypatch.setattr(training_progress, "_STORED_EVERY_SECONDS", 0.0)
    store = TrainingRun.store

    def cancel_at_first_step(self, **fields):
        if fields.get("done"):
            TrainingRun.objects.get(pk=self.pk).cancel()
        return store(self, **fields)

    monkeypatch.setattr(TrainingRun, "store", cancel_at_first_step)
    run = worked(run, "slow")

    assert (run.state, run.message, run.head) == ("cancelled", "cancelled", None)
    assert left_on_disk(folders) == []


def test_a_run_that_only_waits_is_cancelled_at_once(run):
    run.cancel()

    assert TrainingRun.objects.claim(run.public_id) is None
    assert TrainingRun.objects.get().state == "cancelled"


@pytest.mark.parametrize(
    ("mode", "code", "words"),
    [
        ("crash", "failed", "the labels make no sense"),
        ("refused", "failed", "There is one label only."),
        ("garbage", "no_result", "without a result"),
        ("full", "no_room", "disk is full"),
        ("killed", "killed", "memory ran out"),
    ],
)
def test_a_program_that_fails_is_told_of_in_one_sentence(mode, code, words, run, folders):
    run = worked(run, mode)

    assert (run.state, run.message, run.head) == ("failed", code, None)
    assert words in sentence(run.message, run.detail)
    assert left_on_disk(folders) == []


def test_a_disk_that_is_full_before_the_program_starts(run, monkeypatch):
    def full(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(runs, "collect", full)

    assert worked(run, "better").message == "no_room"


def test_a_result_without_a_head_is_a_failure(run, monkeypatch):
    monkeypatch.setattr(training_process, "run", lambda *_words, **_options: {"paired": {}})

    run = worked(run, "better")

    assert (run.state, run.message) == ("failed", "crashed")
    assert SentimentHead.objects.filter(kind="sentiment").count() == 1


def test_too_few_texts_are_said_to_be_too_few(head, told):
    few = labelled_file({f"Good {number}": "positive" for number in range(20)} | {"Bad": "negative"})
    run = worked(ask([few], uses_corrections=False, seed=1, by=None), "better")

    assert (run.state, run.message) == ("failed", "too_few")
    assert "21 labelled texts" in sentence(run.message, run.detail)


def test_texts_of_one_label_teach_nothing(head, told):
    one = labelled_file({f"Good {number}": "positive" for number in range(80)})

    assert worked(ask([one], uses_corrections=False, seed=1, by=None), "better").message == "too_few"


def test_contradicting_files_do_not_count_against_each_other(run, head, told):
    other = labelled_file({"Good lamp number 3": "negative", "bad lamp  number 3": "negative"}, "other.csv")
    run.cancel()
    again = ask([*run.files.all(), other], uses_corrections=False, seed=1, by=None)

    data = worked(again, "better").data

    assert (data["texts"], data["duplicates"], data["contradictions"]) == (119, 1, 1)


def test_a_head_without_its_encoder_is_not_trained(run, encoder):
    encoder.delete()

    run = worked(run, "better")

    assert (run.message, run.detail) == ("no_encoder", "tiny-encoder")


def test_without_a_head_there_is_nothing_to_start_from(labels, told):
    assert worked(ask([labels], uses_corrections=False, seed=1, by=None), "better").message == "no_head"


def test_one_run_at_a_time(run, labels):
    with pytest.raises(AlreadyTraining):
        ask([labels], uses_corrections=False, seed=1, by=None)
    TrainingRun.objects.claim(run.public_id)
    with pytest.raises(AlreadyTraining):
        ask([labels], uses_corrections=False, seed=1, by=None)
    waiting = TrainingRun.objects.create()
    assert TrainingRun.objects.claim(waiting.public_id) is None
    with pytest.raises(IntegrityError), transaction.atomic():
        TrainingRun.objects.create()


def test_two_workers_never_get_the_same_run(run):
    assert TrainingRun.objects.claim(run.public_id) is not None
    assert TrainingRun.objects.claim(run.public_id) is None


def test_a_run_whose_worker_died_is_found_and_can_be_begun_again(run, administrator, folders):
    dead = TrainingRun.objects.claim(run.public_id)
    left = folders / "labelling" / "runs" / f"{run.public_id}-x"
    left.mkdir(parents=True)
    TrainingRun.objects.update(touched_at=timezone.now() - timedelta(minutes=3))

    assert look_after_runs() == []

    run.refresh_from_db()
    assert (run.state, run.message) == ("failed", "abandoned")
    assert not left.exists()
    again = ask_again(run, by=administrator)
    assert list(again.files.all()) == list(run.files.all()) and again.seed == run.seed
    with pytest.raises(TakenOver):
        dead.store(done=1)
    dead.end(TrainingRun.State.DONE, "trained")
    run.refresh_from_db()
    assert run.state == "failed"


def test_a_run_at_work_keeps_its_folder(run, folders):
    TrainingRun.objects.claim(run.public_id)
    folder = folders / "labelling" / "runs" / f"{run.public_id}-x"
    folder.mkdir(parents=True)

    look_after_runs()

    assert folder.exists()


def test_what_the_worker_was_not_told_of_is_sent_again(run):
    assert look_after_runs() == []
    TrainingRun.objects.update(created_at=timezone.now() - timedelta(minutes=2))

    assert look_after_runs() == [run.public_id]


def test_a_long_curve_is_thinned_out():
    run = TrainingRun()
    for step in range(5000):
        run.learnt(step, 1.0)

    assert len(run.losses) <= 400
    assert run.losses[0][0] == 0 and run.losses[-1][0] == 4999
