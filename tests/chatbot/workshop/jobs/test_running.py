"""A job makes a version that nobody meets yet; whatever befalls it, what answers now is untouched."""

import json

import pytest

from chatbot.workshop.jobs import running
from chatbot.workshop.jobs.asking import cancel, go_on
from chatbot.workshop.jobs.running import command_of
from chatbot.workshop.jobs.words import sentence
from chatbot.workshop.models import WorkshopJob
from inference import training_progress
from inference.installation.errors import InstallationError
from inference.models import LanguageModelVersion, ModelKind
from tests.chatbot.workshop.jobs.conftest import worked
from tests.workshop_program import STEPS, loss_after

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def stored_at_once(monkeypatch):
    monkeypatch.setattr(training_progress, "_STORED_EVERY_SECONDS", 0.0)


def test_a_job_makes_a_candidate_with_its_recipe_and_card(job, base, data):
    done = worked("good")

    assert (done.state, done.message, done.detail) == ("done", "made", "")
    assert (done.done, done.total) == (STEPS, STEPS)
    made = done.made
    assert (made.display_name, made.state, made.parent) == ("tiny@2", "candidate", base)
    assert made.recipe == {
        "job": "finetune",
        "settings": {},
        "seed": 1,
        "code_version": done.code_version,
        "data_set": "service@1",
        "data_sha256": data.sha256,
    }
    card = (made.folder / "MODEL_CARD.md").read_text()
    assert "Made of tiny@1" in card and "that of the base, MIT" in card and "service@1: 2 for train" in card
    assert "| Perplexity on unseen dialogues | 20 |" in card
    assert not done.folder.exists()
    assert LanguageModelVersion.objects.active(ModelKind.LANGUAGE) == base


def test_the_program_is_told_everything(job, base, data):
    WorkshopJob.objects.update(settings={"method": "full", "epochs": 2.0}, seed=5)
    job.refresh_from_db()

    told = command_of(job, 3)

    assert told[1:3] == ["-m", "inference.training.finetune"]
    assert dict(zip(told[3::2], told[4::2], strict=True)) == {
        "--base": str(base.folder),
        "--data": str(data.folder),
        "--out": str(job.folder / "out"),
        "--checkpoints": str(job.checkpoints),
        "--seed": "5",
        "--threads": "3",
        "--method": "full",
        "--epochs": "2.0",
    }


@pytest.mark.parametrize(
    ("mode", "code", "words"),
    [
        ("refused", "bad_data", "The data set will not do: There is one example only."),
        ("full", "no_room", "What answers now is untouched."),
    ],
)
def test_a_job_that_fails_says_why_and_leaves_what_answers_alone(mode, code, words, job, base):
    done = worked(mode)

    assert (done.state, done.message, done.made) == ("failed", code, None)
    assert words in sentence(done.message, done.detail)
    assert LanguageModelVersion.objects.get() == base
    assert LanguageModelVersion.objects.active(ModelKind.LANGUAGE) == base


def test_after_a_full_disk_it_goes_on_from_its_checkpoint(job):
    failed = worked("full")
    assert failed.can_go_on

    go_on(failed)
    done = worked("good")

    assert done.state == "done" and "goes on from step 3" in done.log
    assert done.losses == [[step, loss_after(step, 1)] for step in range(1, STEPS + 1)]


def test_a_checkpoint_of_another_architecture_is_refused_and_can_be_left_behind(job, base, told):
    go_on(worked("other"))

    failed = worked("other")

    assert (failed.state, failed.message) == ("failed", "bad_checkpoint")
    assert "Begin again, without it." in sentence(failed.message, failed.detail)
    assert LanguageModelVersion.objects.get() == base


def test_a_program_that_the_system_kills_goes_on_and_loses_nothing(job):
    waiting = worked("killed")
    assert (waiting.state, waiting.message, waiting.done) == ("waiting", "resuming", 3)

    done = worked("good")

    assert (done.state, done.attempts) == ("done", 2)
    assert done.losses == [[step, loss_after(step, 1)] for step in range(1, STEPS + 1)]
    assert done.result["perplexity_after"] == 20.0 * loss_after(STEPS, 1)


def test_a_program_that_is_killed_each_time_is_given_up(job):
    states = [worked("killed").state for _attempt in range(3)]

    assert states == ["waiting", "waiting", "failed"]
    job.refresh_from_db()
    assert "memory ran out" in sentence(job.message, job.detail)


def interrupt(monkeypatch, act):
    store = WorkshopJob.store

    def at_first_step(self, **fields):
        if fields.get("done") == 1:
            act(WorkshopJob.objects.get(pk=self.pk))
        return store(self, **fields)

    monkeypatch.setattr(WorkshopJob, "store", at_first_step)


def test_a_cancelled_job_leaves_nothing(job, base, monkeypatch):
    interrupt(monkeypatch, lambda job: cancel(job, by=None))

    done = worked("slow")

    assert (done.state, done.message, done.made) == ("cancelled", "cancelled", None)
    assert not done.folder.exists()
    assert LanguageModelVersion.objects.get() == base


def test_a_paused_job_keeps_its_place_and_goes_on_where_it_was(job, monkeypatch):
    with monkeypatch.context() as patch:
        interrupt(patch, lambda job: job.pause())
        resting = worked("slow")
    assert (resting.state, resting.message, resting.is_paused) == ("waiting", "paused", True)
    assert WorkshopJob.objects.claim_next() is None

    go_on(resting)
    done = worked("good")

    assert done.state == "done" and any(line.startswith("goes on from step") for line in done.log)


def test_what_cannot_be_registered_is_said_and_the_work_is_not_lost(job, monkeypatch):
    def full(*_words, **_more):
        raise InstallationError("tiny cannot be kept: the disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(running, "register_trained", full)
        failed = worked("good")
    assert (failed.state, failed.message) == ("failed", "no_room")
    assert json.loads((failed.checkpoints / "step.json").read_text()) == {"step": STEPS}

    go_on(failed)
    assert worked("good").state == "done"


def test_files_that_are_gone_are_named(job, base):
    (base.folder / "config.json").unlink()
    for file in base.folder.iterdir():
        file.unlink()
    base.folder.rmdir()

    done = worked("good")

    assert sentence(done.message, done.detail) == "The files of “tiny@1” are not there any more."
