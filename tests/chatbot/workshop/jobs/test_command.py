"""People without a browser ask for jobs from the shell, and see what becomes of them."""

import sys
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from chatbot.workshop.jobs import kinds
from chatbot.workshop.management.commands import workshop
from chatbot.workshop.models import WorkshopJob
from tests.chatbot.workshop.jobs.conftest import PROGRAM

pytestmark = pytest.mark.django_db


def command(*arguments: str) -> str:
    out = StringIO()
    call_command("workshop", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def program(monkeypatch):
    """The stand-in does the work; returns a function that says how."""

    def use(mode):
        carry_out = workshop.carry_out
        monkeypatch.setattr(
            workshop, "carry_out", lambda job: carry_out(job, (sys.executable, PROGRAM, mode))
        )

    return use


def test_a_job_is_done_and_listed(base, data, told, program):
    program("good")

    said = command(
        "run", "finetune", "--base", "tiny@1", "--data", "service@1", "--seed", "4", "--epochs", "2", "--here"
    )

    job = WorkshopJob.objects.get()
    assert (job.state, job.seed, job.settings["epochs"]) == ("done", 4, 2.0)
    assert "perplexity fell by" in said and "tiny@2" in said
    assert f"{job} finetune" in command("jobs") and "-> tiny@2" in command("jobs")


def test_a_job_that_fails_ends_the_command_with_its_sentence(base, data, told, program):
    program("refused")

    with pytest.raises(CommandError, match="There is one example only."):
        command("run", "finetune", "--base", "tiny", "--data", "service@1", "--here")


@pytest.mark.parametrize(
    ("base_name", "data_name", "words"),
    [("tiny@9", "service@1", "tiny@9"), ("tiny", "service@x", "service@x"), ("tiny", "no@1", "no@1")],
)
def test_what_is_not_there_is_named(base_name, data_name, words, base, data, told):
    with pytest.raises(CommandError, match=words):
        command("run", "finetune", "--base", base_name, "--data", data_name)


def test_settings_that_will_not_do_are_refused(base, data, told):
    with pytest.raises(CommandError, match="epochs"):
        command("run", "finetune", "--base", "tiny", "--data", "service@1", "--epochs", "-1")
    assert kinds.kind_of("finetune") is not None and not WorkshopJob.objects.exists()
