"""The jobs of the workshop that make a version of a model out of another one."""

from datetime import timedelta
from pathlib import Path
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chatbot.workshop.models.data_sets import DataSetVersion
from inference.models import LanguageModelVersion
from inference.single_jobs import TrainingJob, TrainingJobQuerySet

# A worker whose jobs stand still for so long is likely dead; whether it is, the lock of the folder says.
_STILL_FOR = timedelta(seconds=20)
MOST_ATTEMPTS = 5


class WorkshopJobQuerySet(TrainingJobQuerySet):
    """Jobs that wait for each other: the one that was asked for first is the next."""

    def in_line(self) -> Self:
        """Return those that wait for their turn, the next one first; paused ones do not."""
        return self.filter(state=WorkshopJob.State.WAITING, is_paused=False).order_by("pk")

    def standing_still(self) -> Self:
        """Return those at work of which nothing was heard for a while."""
        return self.filter(state=WorkshopJob.State.RUNNING, touched_at__lt=timezone.now() - _STILL_FOR)

    def claim_next(self) -> "WorkshopJob | None":
        """Mark the next job as at work and return it; None when none waits or a training is at work."""
        following = self.in_line().first()
        return self.claim(following.public_id) if following is not None else None

    def claim(self, public_id: str) -> "WorkshopJob | None":
        """As of every training, and count the attempt."""
        claimed: WorkshopJob | None = super().claim(public_id)
        if claimed is not None:
            self.filter(pk=claimed.pk).update(attempts=models.F("attempts") + 1)
            claimed.refresh_from_db(fields=["attempts"])
        return claimed


class WorkshopJob(TrainingJob):
    """One training, pruning, sharing or quantisation; it makes a new version and leaves its base alone."""

    class Kind(models.TextChoices):
        FINETUNE = "finetune", _("fine-tune")
        PRIVATE = "private", _("private fine-tune")
        DISTIL = "distil", _("distil")
        DISTIL_ENCODER = "distil_encoder", _("distil a sentiment head")
        PRUNE = "prune", _("prune")
        SHARE = "share", _("share parameters")
        QUANTISE = "quantise", _("quantise")

    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    base = models.ForeignKey(
        LanguageModelVersion, models.PROTECT, related_name="jobs", verbose_name=_("starts from")
    )
    # Of a distillation: the one that the student learns from; none where the base teaches.
    teacher = models.ForeignKey(
        LanguageModelVersion,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("teacher"),
    )
    data = models.ForeignKey(
        DataSetVersion,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="jobs",
        verbose_name=_("data set"),
    )
    # What the training program is told, by the names of its command line.
    settings = models.JSONField(_("settings"), default=dict, blank=True)
    # Of the newest attempt.
    code_version = models.CharField(_("code version"), max_length=60, blank=True, editable=False)
    # How often it was begun or gone on with since a person last asked for it.
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    is_paused = models.BooleanField(default=False, editable=False)
    made = models.ForeignKey(
        LanguageModelVersion,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="made_by",
        verbose_name=_("made"),
    )

    objects = WorkshopJobQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["base"],
                condition=Q(state__in=("waiting", "running")),
                name="one_workshop_job_per_model",
            ),
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="running"), name="one_workshop_job_at_work"
            ),
        ]

    @property
    def folder(self) -> Path:
        """Where its checkpoints lie, and what it makes until that is registered."""
        return Path(settings.WORKSHOP_DIR) / "jobs" / self.public_id

    @property
    def checkpoints(self) -> Path:
        return self.folder / "checkpoints"

    @property
    def can_go_on(self) -> bool:
        """Whether it failed with a checkpoint left, from which it can be gone on with."""
        return (
            self.state == self.State.FAILED and self.checkpoints.is_dir() and any(self.checkpoints.iterdir())
        )

    def pause(self) -> bool:
        """Let it rest, at work or in the line, until somebody lets it go on; tell whether it could."""
        unfinished = WorkshopJob.objects.unfinished().filter(pk=self.pk, cancel_requested=False)
        waiting = unfinished.filter(state=self.State.WAITING).update(is_paused=True, message="paused")
        return bool(waiting or unfinished.update(is_paused=True))

    def go_on(self) -> bool:
        """Put it into the line again, after a pause or a failure that left a checkpoint; tell whether it is.

        Raises IntegrityError where another job has begun with the same base since.
        """
        mine = WorkshopJob.objects.filter(pk=self.pk)
        state = Q(state=self.State.WAITING, is_paused=True)
        if self.can_go_on:
            state |= Q(state=self.State.FAILED)
        return bool(
            mine.filter(state).update(
                state=self.State.WAITING,
                is_paused=False,
                attempts=0,
                message="waiting",
                detail="",
                finished_at=None,
                cancel_requested=False,
            )
        )

    def wait(self, message: str) -> None:
        """Put a job at work back into the line, unless it is not this worker's any more."""
        self._at_work().update(state=self.State.WAITING, message=message, seconds_left=None)

    def set_aside(self) -> None:
        """Put a job whose worker died back into the line; after too many attempts, or cancelled, it ends."""
        if self.cancel_requested:
            self.end(self.State.CANCELLED, "cancelled")
        elif self.attempts >= MOST_ATTEMPTS and not self.is_paused:
            self.end(self.State.FAILED, "too_often", str(self.attempts))
        else:
            self.wait("paused" if self.is_paused else "resuming")

    def store(self, **fields: Any) -> bool:
        """As of every job at work; a pause too is a wish to end for now."""
        wants_end = super().store(**fields)
        self.refresh_from_db(fields=["is_paused"])
        return wants_end or self.is_paused

    def _at_work(self) -> "models.QuerySet[WorkshopJob]":
        return WorkshopJob.objects.filter(pk=self.pk, state=self.State.RUNNING, started_at=self.started_at)
