"""Jobs wait for each other, and go on after their worker has died."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from chatbot.analytics.models import TrainingRun
from chatbot.workshop.jobs import folders
from chatbot.workshop.jobs.asking import Refused, ask, cancel, go_on
from chatbot.workshop.jobs.looking_after import look_after
from chatbot.workshop.jobs.running import carry_out
from chatbot.workshop.models import WorkshopJob
from chatbot.workshop.models.jobs import MOST_ATTEMPTS
from tests.chatbot.workshop.jobs.conftest import version, wish, worked

pytestmark = pytest.mark.django_db


def claim_next() -> WorkshopJob:
    found = WorkshopJob.objects.claim_next()
    assert found is not None
    return found


def be_still(job: WorkshopJob) -> None:
    WorkshopJob.objects.filter(pk=job.pk).update(touched_at=timezone.now() - timedelta(minutes=1))


def test_two_jobs_on_one_model_are_refused(job, base, data):
    with pytest.raises(Refused, match="A job with tiny@1 waits, rests or is at work already."):
        ask(wish(base, data), by=None)
    assert WorkshopJob.objects.count() == 1


def test_one_trains_at_a_time_and_the_first_comes_first(job, other_base, data):
    second = ask(wish(other_base, data), by=None)

    first = claim_next()

    assert first == job
    assert WorkshopJob.objects.claim_next() is None
    first.end(WorkshopJob.State.DONE)
    assert claim_next() == second


def test_it_waits_for_a_training_of_the_sentiment_head_and_that_waits_for_it(job):
    run = TrainingRun.objects.create()
    assert TrainingRun.objects.claim(run.public_id) is not None

    assert WorkshopJob.objects.claim_next() is None

    run.refresh_from_db()
    run.end(TrainingRun.State.DONE)
    claim_next()
    assert TrainingRun.objects.claim(TrainingRun.objects.create().public_id) is None


def test_a_job_whose_worker_died_comes_into_the_line_again(job):
    be_still(claim_next())

    look_after()

    job.refresh_from_db()
    assert (job.state, job.message) == ("waiting", "resuming")
    assert worked("good").attempts == 2


def test_a_job_is_left_alone_while_its_program_lives_or_was_heard_of(job):
    at_work = claim_next()
    look_after()
    assert WorkshopJob.objects.get().state == "running"
    be_still(at_work)
    with folders.held(at_work):
        look_after()
        assert WorkshopJob.objects.get().state == "running"


def test_two_workers_never_work_in_one_folder(job):
    at_work = claim_next()
    with folders.held(at_work):
        carry_out(at_work)

    assert (WorkshopJob.objects.get().state, WorkshopJob.objects.get().message) == ("waiting", "resuming")


def test_a_worker_that_dies_each_time_is_not_tried_for_ever(job):
    for _attempt in range(MOST_ATTEMPTS):
        be_still(claim_next())
        look_after()

    job.refresh_from_db()
    assert (job.state, job.message, job.detail) == ("failed", "too_often", "5")
    assert WorkshopJob.objects.claim_next() is None


def test_a_job_that_was_cancelled_while_its_worker_was_dead_ends(job):
    at_work = claim_next()
    cancel(at_work, by=None)
    be_still(at_work)

    look_after()

    assert WorkshopJob.objects.get().state == "cancelled"


def test_folders_stay_while_somebody_may_go_on(job, base, data):
    claim_next()
    with folders.held(job):
        pass
    look_after()
    assert job.folder.exists()
    WorkshopJob.objects.update(state="failed", finished_at=timezone.now() - timedelta(days=6))
    look_after()
    assert job.folder.exists()
    WorkshopJob.objects.update(finished_at=timezone.now() - timedelta(days=8))
    look_after()
    assert not job.folder.exists()


def test_nobody_goes_on_with_a_failed_job_once_another_has_begun(job, base, data):
    failed = worked("full")
    ask(wish(base, data), by=None)

    with pytest.raises(Refused, match="waits, rests or is at work"):
        go_on(failed)


def test_who_asked_and_who_cancelled_is_on_the_record(base, data, told, administrator):
    job = ask(wish(base, data), by=administrator)
    cancel(job, by=administrator)

    kinds = list(AuditEntry.objects.order_by("number").values_list("kind", "actor_id", "about_id"))
    assert kinds[-2:] == [
        ("workshop.job_asked", administrator.pk, job.public_id),
        ("workshop.job_cancelled", administrator.pk, job.public_id),
    ]


def test_what_does_not_go_together_is_refused(base, data, told, folders):
    encoder = version("reader", "reader/first", "encoder")
    with pytest.raises(Refused, match="does not start from reader@1"):
        ask(wish(encoder, data), by=None)
    (data.folder / "train.jsonl").unlink()
    with pytest.raises(Refused, match="A file of the data set service@1 is gone."):
        ask(wish(base, data), by=None)
