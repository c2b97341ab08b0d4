"""Reading, splitting and encoding documents, as work for the worker."""

from datetime import timedelta
from typing import Self

from django.db import IntegrityError, models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Site
from chatbot.knowledge.models.sources import Source
from inference.jobs import Job

# A worker that has not said a word for so long is dead: every step is shorter by its own limits.
_SILENT_FOR = timedelta(minutes=5)


class TakenOver(Exception):
    """Another worker runs this job now, since this one was silent for too long."""


class IndexJobQuerySet(models.QuerySet["IndexJob"]):
    def waiting(self) -> Self:
        """Return the jobs that a worker may take: no other job of their source is at work."""
        at_work = IndexJob.objects.filter(source=OuterRef("source"), state=Job.State.RUNNING)
        return self.filter(~Exists(at_work), state=Job.State.WAITING)

    def abandoned(self) -> Self:
        """Return the jobs at work whose worker is dead."""
        return self.filter(state=Job.State.RUNNING, touched_at__lt=timezone.now() - _SILENT_FOR)

    def claim(self, public_id: str) -> "IndexJob | None":
        """Mark the job as at work and return it; None when it is not to be done, or not yet.

        Two workers never get the same job, nor two jobs of one source: the database holds the rule.
        """
        now = timezone.now()
        at_work = {"state": Job.State.RUNNING, "started_at": now, "touched_at": now, "done": 0, "failed": 0}
        try:
            with transaction.atomic():
                taken = self.filter(public_id=public_id, state=Job.State.WAITING).update(**at_work)
        except IntegrityError:
            return None
        job = IndexJob.objects.select_related("source", "site").filter(public_id=public_id).first()
        return job if taken else None


class IndexJob(Job):
    """Brings one source up to date; steps are documents.

    A job that is not `whole` reads only the documents that wait; a whole one also asks addresses anew what
    they have.
    """

    site = models.ForeignKey(Site, models.CASCADE, related_name="index_jobs", verbose_name=_("site"))
    source = models.ForeignKey(Source, models.CASCADE, related_name="jobs", verbose_name=_("source"))
    failed = models.PositiveIntegerField(_("failed"), default=0)
    whole = models.BooleanField(default=False, editable=False)

    objects = IndexJobQuerySet.as_manager()  # type: ignore[assignment,misc]

    class Meta:
        verbose_name = _("indexing")
        verbose_name_plural = _("indexing")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["source"], condition=Q(state="running"), name="index_job_runs_once_a_source"
            ),
            models.UniqueConstraint(
                fields=["source"], condition=Q(state="waiting"), name="index_job_waits_once_a_source"
            ),
        ]

    def step(self, done: int, message: str = "", total: int | None = None) -> bool:
        """Store how far the job is; return whether somebody wants it cancelled.

        Raises TakenOver when it is no longer this worker's.
        """
        self.done, self.message, self.touched_at = done, message[:500], timezone.now()
        self.total = self.total if total is None else total
        mine = IndexJob.objects.filter(pk=self.pk, state=Job.State.RUNNING, started_at=self.started_at)
        if not mine.update(
            done=self.done,
            message=self.message,
            total=self.total,
            failed=self.failed,
            touched_at=self.touched_at,
        ):
            raise TakenOver(self.public_id)
        self.refresh_from_db(fields=["cancel_requested"])
        return self.cancel_requested

    def finish(self, state: Job.State = Job.State.DONE, message: str = "") -> None:
        """Store how the job ended, unless it is another worker's by now; `message` is a code."""
        self.state, self.message, self.finished_at = state, message[:500], timezone.now()
        IndexJob.objects.filter(pk=self.pk, state=Job.State.RUNNING, started_at=self.started_at).update(
            state=self.state,
            message=self.message,
            finished_at=self.finished_at,
            done=self.done,
            failed=self.failed,
        )

    def put_back(self, message: str) -> None:
        """Let the job wait again, to be tried later; where another one waits already, this one ends."""
        try:
            with transaction.atomic():
                IndexJob.objects.filter(pk=self.pk, state=Job.State.RUNNING).update(
                    state=Job.State.WAITING, message=message[:500], touched_at=timezone.now()
                )
        except IntegrityError:
            self.finish(Job.State.CANCELLED, message)

    def cancel(self) -> None:
        """Ask the worker to stop; a job that only waits ends at once."""
        IndexJob.objects.filter(pk=self.pk, state=Job.State.WAITING).update(
            state=Job.State.CANCELLED, finished_at=timezone.now()
        )
        IndexJob.objects.filter(pk=self.pk, state=Job.State.RUNNING).update(cancel_requested=True)
