"""Asking for jobs: what is refused before anything is begun, and how a job comes into the line."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.models import User
from chatbot.workshop.jobs.estimating import Estimate, estimate
from chatbot.workshop.jobs.kinds import JobKind, kind_of
from chatbot.workshop.models import DataSetChanged, DataSetVersion, WorkshopJob
from inference.models import LanguageModelVersion
from inference.telling_worker import tell_worker

TASK = "chatbot.workshop.jobs.tasks.run_job"


class Refused(Exception):
    """The job will not do; `str()` says why, and what to do, in the reader's language."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to have done: everything that a job needs to be told."""

    kind: JobKind
    base: LanguageModelVersion
    data: DataSetVersion
    teacher: LanguageModelVersion | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 1

    @property
    def estimate(self) -> Estimate:
        """What it likely takes on this machine."""
        return estimate(self.kind, self.base, self.data, self.settings, self.teacher)


def wish_of(job: WorkshopJob) -> Wish:
    """Return what a job was asked to do; raises Refused for a job that cannot be asked for again."""
    kind = kind_of(job.kind)
    if kind is None or job.data is None:
        raise Refused(_("The data set of this job is not there any more."))
    return Wish(kind, job.base, job.data, job.teacher, job.settings, job.seed)


def ask(wish: Wish, *, by: User | None, network: str = "") -> WorkshopJob:
    """Put a job into the line and tell the worker; raises Refused."""
    _check(wish)
    try:
        with transaction.atomic():
            job = WorkshopJob.objects.create(
                kind=wish.kind.kind,
                base=wish.base,
                teacher=wish.teacher,
                data=wish.data,
                settings=dict(wish.settings),
                seed=wish.seed,
                asked_by=by,
                message="waiting",
            )
            record(
                "workshop.job_asked",
                by=by,
                about=job,
                network=network,
                job=wish.kind.kind.value,
                base=wish.base.display_name,
                data=str(wish.data),
            )
            transaction.on_commit(partial(tell_worker, TASK, job.public_id))
    except IntegrityError:
        raise Refused(
            _("A job with %s waits, rests or is at work already. Wait for it, or cancel it.") % wish.base
        ) from None
    return job


def cancel(job: WorkshopJob, *, by: User | None, network: str = "") -> None:
    """End a job: its program is stopped, its checkpoints are removed, and no version is made."""
    with transaction.atomic():
        job.cancel()
        record("workshop.job_cancelled", by=by, about=job, network=network)


def go_on(job: WorkshopJob) -> None:
    """Let a paused job, or one that failed with a checkpoint left, go on; raises Refused."""
    try:
        with transaction.atomic():
            if not job.go_on():
                raise Refused(_("This job cannot be gone on with. Begin it again."))
            transaction.on_commit(partial(tell_worker, TASK, job.public_id))
    except IntegrityError:
        raise Refused(
            _("A job with %s waits, rests or is at work already. Wait for it, or cancel it.") % job.base
        ) from None


def _check(wish: Wish) -> None:
    """Raise Refused for what would fail after minutes, or would put the chat out."""
    if wish.base.kind != wish.kind.base:
        raise Refused(_("This job does not start from %s.") % wish.base)
    if wish.data.data_set.kind != wish.kind.data:
        raise Refused(_("This job does not learn from %s.") % wish.data)
    for version in filter(None, (wish.base, wish.teacher)):
        if not version.folder.is_dir():
            raise Refused(_("The files of “%s” are not there any more.") % version)
    if not DataSetVersion.objects.usable().filter(pk=wish.data.pk).exists():
        raise Refused(
            _(
                "%s holds conversations that were erased since, or whose site does not let them be learnt "
                "from any more. Make a new version of the data set."
            )
            % wish.data
        )
    try:
        wish.data.verified_folder()
    except DataSetChanged as problem:
        raise Refused(str(problem)) from None
    if problems := wish.estimate.problems:
        raise Refused(" ".join(problems))
