"""Asking the worker to bring a source up to date."""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from chatbot.knowledge.models import IndexJob, Source

logger = logging.getLogger(__name__)

# A queue that is away must hold nobody up who has just saved a page, hence the thread of its own.
_thread = ThreadPoolExecutor(1, thread_name_prefix="index-job")
# What nobody took in this time is sent again anyway.
_EXPIRES_SECONDS = 300
_PERIODS = {
    Source.Refresh.DAILY: timedelta(days=1),
    Source.Refresh.WEEKLY: timedelta(days=7),
    Source.Refresh.MONTHLY: timedelta(days=30),
}


@transaction.atomic
def ask(source: Source, *, by: User | None = None, whole: bool = False) -> IndexJob:
    """Return the job that brings `source` up to date, and tell the worker of it after the commit.

    A source has one job that waits at most: who asks again gets that one, and it becomes whole if one of them
    wants it so.
    """
    Source.objects.select_for_update().get(pk=source.pk)
    job, created = IndexJob.objects.get_or_create(
        source=source,
        state=IndexJob.State.WAITING,
        defaults={"site_id": source.site_id, "asked_by": by, "whole": whole},
    )
    if not created and whole and not job.whole:
        IndexJob.objects.filter(pk=job.pk).update(whole=True)
        job.whole = True
    transaction.on_commit(lambda: tell_worker(job.public_id))
    return job


def tell_worker(public_id: str) -> None:
    """Send the worker the job; one that is lost on the way is sent again by `look_after_jobs`."""
    _thread.submit(_send, public_id)


def ask_for_due_refreshes() -> int:
    """Ask for a job for every source whose next refresh has come; return how many they were."""
    due = Source.objects.filter(is_enabled=True, refresh_at__lte=timezone.now())
    for source in due:
        ask(source, whole=True)
        plan_refresh(source)
    return len(due)


def plan_refresh(source: Source) -> None:
    """Note when the source is to be read next, counted from now."""
    period = _PERIODS.get(Source.Refresh(source.refresh))
    source.refresh_at = timezone.now() + period if period else None
    Source.objects.filter(pk=source.pk).update(refresh_at=source.refresh_at)


def look_after_jobs() -> list[str]:
    """Let jobs whose worker died wait again, and return the ids of all jobs that a worker may take now."""
    for job in IndexJob.objects.abandoned():
        logger.warning("indexing job %s stood still and is begun again", job.public_id)
        job.put_back("")
    return list(IndexJob.objects.waiting().order_by("pk").values_list("public_id", flat=True))


def _send(public_id: str) -> None:
    from chatbot.knowledge.tasks import run_index_job

    try:
        run_index_job.apply_async((public_id,), retry=False, expires=_EXPIRES_SECONDS)
    except Exception as error:
        logger.warning("the worker was not told of an indexing job: %s", error)
