"""Jobs that one worker does at a time, and that end when their worker dies."""

from datetime import timedelta
from typing import Any, Self

from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from inference.jobs import Job
from inference.models import ModelKind, lock_models
from inference.telling_worker import EXPIRES_SECONDS

# A worker says that it is alive every second or two; one that was silent for so long is dead.
_SILENT_FOR = timedelta(minutes=2)
_POINTS_KEPT = 400
_LOG_KEPT = 200


class TakenOver(Exception):
    """This job is not this worker's any more, since it was silent for too long."""


class SingleJobQuerySet(models.QuerySet[Any]):
    """Jobs of which one runs at a time."""

    def unfinished(self) -> Self:
        """Return the jobs that wait or are at work."""
        return self.filter(state__in=(Job.State.WAITING, Job.State.RUNNING))

    def abandoned(self) -> Self:
        """Return the jobs at work whose worker is dead."""
        return self.filter(state=Job.State.RUNNING, touched_at__lt=timezone.now() - _SILENT_FOR)

    def waiting_in_vain(self) -> list[str]:
        """Return the public ids of those of which the worker was told so long ago that it got lost."""
        late = timezone.now() - timedelta(seconds=EXPIRES_SECONDS)
        waiting = self.filter(state=Job.State.WAITING, created_at__lt=late)
        return list(waiting.values_list("public_id", flat=True))

    def claim(self, public_id: str) -> Any:
        """Mark the job as at work and return it; None when it does not wait, or another one is at work."""
        now = timezone.now()
        try:
            with transaction.atomic():
                taken = self.filter(public_id=public_id, state=Job.State.WAITING).update(
                    state=Job.State.RUNNING, started_at=now, touched_at=now, done=0
                )
        except IntegrityError:
            return None
        return self.filter(public_id=public_id).first() if taken else None


class SingleJob(Job):
    """A job that one worker does, and no other of its kind at the same time; `message` is a code."""

    # What goes with the code, such as the last sentence of the program that failed.
    detail = models.CharField(max_length=500, blank=True, editable=False)

    objects = SingleJobQuerySet.as_manager()  # type: ignore[assignment,misc]

    class Meta:
        abstract = True

    def store(self, **fields: Any) -> bool:
        """Store `fields` of a job at work; return whether somebody wants it cancelled.

        Raises TakenOver when it is no longer this worker's.
        """
        for name, value in {**fields, "touched_at": timezone.now()}.items():
            setattr(self, name, value)
        mine = type(self)._default_manager.filter(
            pk=self.pk, state=Job.State.RUNNING, started_at=self.started_at
        )
        if not mine.update(touched_at=self.touched_at, **fields):
            raise TakenOver(self.public_id)
        self.refresh_from_db(fields=["cancel_requested"])
        return self.cancel_requested

    def end(self, state: Job.State, message: str = "", detail: str = "") -> None:
        """Store how the job ended, unless it is not this worker's any more."""
        self.state, self.message, self.detail = state, message, detail[:500]
        self.finished_at = timezone.now()
        type(self)._default_manager.filter(
            pk=self.pk, state=Job.State.RUNNING, started_at=self.started_at
        ).update(state=state, message=message, detail=self.detail, finished_at=self.finished_at)

    def cancel(self) -> None:
        """Ask the worker to stop; a job that only waits ends at once."""
        jobs = type(self)._default_manager.filter(pk=self.pk)
        jobs.filter(state=Job.State.WAITING).update(
            state=Job.State.CANCELLED, message="cancelled", finished_at=timezone.now()
        )
        jobs.filter(state=Job.State.RUNNING).update(cancel_requested=True)


class TrainingJobQuerySet(SingleJobQuerySet):
    """Jobs that train: on one machine one at a time, of whatever kind it is."""

    def claim(self, public_id: str) -> Any:
        """As of every single job, and None too while a training of another kind is at work."""
        with transaction.atomic():
            # One claim at a time, of jobs in several tables (SQLite locks as a whole).
            lock_models(ModelKind.LANGUAGE)
            return None if training_at_work() is not None else super().claim(public_id)


class TrainingJob(SingleJob):
    """A job that trains a model; `done` and `total` are steps of the training program."""

    seed = models.PositiveIntegerField(
        _("seed"), default=1, help_text=_("The same texts and the same number give the same weights.")
    )
    seconds_left = models.PositiveIntegerField(null=True, editable=False)
    # [step, loss], thinned out so that a page can draw them.
    losses = models.JSONField(default=list, editable=False)
    log = models.JSONField(default=list, editable=False)
    result = models.JSONField(default=dict, editable=False)

    objects = TrainingJobQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        abstract = True

    def learnt(self, step: int, loss: float) -> None:
        """Note a point of the loss curve; of a long run every other point goes, and again.

        A program that goes on from a checkpoint does some steps again: what was noted of them is replaced.
        """
        while self.losses and self.losses[-1][0] >= step:
            self.losses.pop()
        self.losses.append([step, round(loss, 5)])
        if len(self.losses) > _POINTS_KEPT:
            self.losses = self.losses[:-1:2] + self.losses[-1:]

    def say(self, line: str) -> None:
        """Add a line to the log, of which the last are kept."""
        self.log = [*self.log, line[:500]][-_LOG_KEPT:]


def training_at_work() -> TrainingJob | None:
    """Return the job that trains on this machine now, of whatever kind, or None."""
    kinds = (kind for kind in apps.get_models() if issubclass(kind, TrainingJob))
    found = (kind._default_manager.filter(state=Job.State.RUNNING).first() for kind in kinds)
    return next((job for job in found if job is not None), None)
