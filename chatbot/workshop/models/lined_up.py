"""Jobs that wait for each other and begin anew when their worker dies."""

from __future__ import annotations

from typing import Any, Self

from django.db import models

from inference.single_jobs import TrainingJob, TrainingJobQuerySet

MOST_ATTEMPTS = 3


class LinedUpQuerySet(TrainingJobQuerySet):
    """Jobs of which the one that was asked for first is the next."""

    def in_line(self) -> Self:
        """Return those that wait for their turn, the next one first."""
        return self.filter(state=TrainingJob.State.WAITING).order_by("pk")

    def claim_next(self) -> Any:
        """Mark the next job as at work and return it; None when none waits, or a training is at work."""
        following = self.in_line().first()
        claimed = self.claim(following.public_id) if following is not None else None
        if claimed is not None:
            self.filter(pk=claimed.pk).update(attempts=models.F("attempts") + 1)
        return claimed


class LinedUpJob(TrainingJob):
    """A job that only measures or writes answers, and so is begun anew where its worker died."""

    # How often it was begun.
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)

    objects = LinedUpQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        abstract = True

    def set_aside(self) -> None:
        """Put a job whose worker died back into the line; after too many attempts, or cancelled, it ends."""
        self.refresh_from_db(fields=["attempts", "cancel_requested"])
        if self.cancel_requested:
            self.end(self.State.CANCELLED, "cancelled")
        elif self.attempts >= MOST_ATTEMPTS:
            self.end(self.State.FAILED, "too_often", str(self.attempts))
        else:
            at_work = type(self)._default_manager.filter(
                pk=self.pk, state=self.State.RUNNING, started_at=self.started_at
            )
            at_work.update(state=self.State.WAITING, message="begun_anew", seconds_left=None)
