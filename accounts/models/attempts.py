"""Attempts to sign in, or to have a password reset, that count against whoever makes them."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

# Nobody counts further back than SIGN_IN_FAILURE_MINUTES, a day at most.
_KEPT = timedelta(days=2)


class AttemptQuerySet(models.QuerySet["Attempt"]):
    def recent(self, kind: str) -> "AttemptQuerySet":
        """Return the attempts of `kind` that still count, oldest first."""
        since = timezone.now() - timedelta(minutes=settings.SIGN_IN_FAILURE_MINUTES)
        return self.filter(kind=kind, at__gt=since).order_by("at")

    def forget_old(self) -> None:
        """Delete the attempts that count no longer."""
        self.filter(at__lt=timezone.now() - _KEPT).delete()


class Attempt(models.Model):
    """One attempt that failed, or is under way: it is stored before the secret is looked at.

    The account is held by digest: people type their password into the field for the name.
    """

    class Kind(models.TextChoices):
        PASSWORD = "password"
        CODE = "code"
        RESET = "reset"

    kind = models.CharField(max_length=10, choices=Kind)
    account = models.CharField(max_length=64)
    network = models.CharField(max_length=64)
    at = models.DateTimeField(default=timezone.now)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["kind", "account", "at"], name="attempts_of_an_account"),
            models.Index(fields=["kind", "network", "at"], name="attempts_of_a_network"),
            models.Index(fields=["at"], name="attempts_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} from {self.network} at {self.at:%Y-%m-%d %H:%M:%S}"
