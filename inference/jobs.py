"""Work that takes minutes: a row that says how far it is, for the page of whoever waits."""

from typing import Self, TypeVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User, new_public_id

Row = TypeVar("Row", bound="Job")


class JobQuerySet(models.QuerySet[Row]):
    def running(self) -> Self:
        """Return the jobs that wait or are at work."""
        return self.filter(state__in=(Job.State.WAITING, Job.State.RUNNING))


class Job(models.Model):
    """One piece of work for the worker. `done` of `total` steps; `total` 0 means that nobody knows yet."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("At work")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    done = models.PositiveIntegerField(_("done"), default=0)
    total = models.PositiveIntegerField(_("of"), default=0)
    # A sentence for people: what is at work, or why it failed.
    message = models.CharField(_("message"), max_length=500, blank=True)
    cancel_requested = models.BooleanField(default=False, editable=False)
    asked_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("asked by")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    # Moves with every step: a job at work whose worker died stands still.
    touched_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.public_id[:8]

    @property
    def is_finished(self) -> bool:
        return self.state not in (self.State.WAITING, self.State.RUNNING)

    @property
    def percent(self) -> int | None:
        """How far it is, None while nobody knows."""
        return min(100, 100 * self.done // self.total) if self.total else None

    def begin(self, total: int = 0) -> None:
        """Mark the job as at work on `total` steps."""
        self.state, self.total, self.done = self.State.RUNNING, total, 0
        self.started_at = self.touched_at = timezone.now()
        self.save(update_fields=["state", "total", "done", "started_at", "touched_at"])

    def step(self, done: int, message: str = "", total: int | None = None) -> bool:
        """Store how far the job is; return whether somebody wants it cancelled."""
        self.done, self.message, self.touched_at = done, message[:500], timezone.now()
        self.total = self.total if total is None else total
        self.save(update_fields=["done", "message", "total", "touched_at"])
        self.refresh_from_db(fields=["cancel_requested"])
        return self.cancel_requested

    def finish(self, state: State = State.DONE, message: str = "") -> None:
        """Store how the job ended."""
        self.state, self.message = state, message[:500]
        self.finished_at = timezone.now()
        self.save(update_fields=["state", "message", "finished_at"])
