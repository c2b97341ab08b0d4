"""What is on its way to people and programs, and how the last attempt went: the delivery log."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Site, new_public_id
from chatbot.analytics.models.notices import Notice
from chatbot.analytics.models.reports import Report
from chatbot.retrying import pause_after

# Longer than the longest attempt: until then nobody else tries the same.
CLAIM = timedelta(minutes=2)
GIVEN_UP_AFTER = timedelta(days=1)
KEPT = timedelta(days=90)


class DispatchQuerySet(models.QuerySet["Dispatch"]):
    def due(self, now: datetime) -> Self:
        """Return what is to be sent now, in the order it fell due."""
        waiting = self.filter(status=Dispatch.Status.WAITING, next_attempt_at__lte=now)
        return waiting.order_by("next_attempt_at", "pk")

    def out_of_date(self) -> Self:
        """Return what the log need not keep any longer."""
        return self.filter(~Q(status=Dispatch.Status.WAITING), created_at__lt=timezone.now() - KEPT)


class Dispatch(models.Model):
    """A notice or a report on its way to one address. It keeps no text: that is made when it is sent."""

    class Channel(models.TextChoices):
        MAIL = "mail", _("Mail")
        WEBHOOK = "webhook", _("Webhook")

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Failed")

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="+", verbose_name=_("site"))
    notice = models.ForeignKey(Notice, models.CASCADE, null=True, related_name="dispatches")
    report = models.ForeignKey(Report, models.CASCADE, null=True, related_name="dispatches")
    channel = models.CharField(_("by"), max_length=10, choices=Channel)
    address = models.CharField(_("address"), max_length=500)
    language = models.CharField(_("language"), max_length=10, blank=True)
    status = models.CharField(_("state"), max_length=10, choices=Status, default=Status.WAITING)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    due_since = models.DateTimeField(_("due since"), default=timezone.now)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, default=timezone.now)
    error = models.CharField(_("error"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = DispatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("sent message")
        verbose_name_plural = _("sent messages")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(notice__isnull=True) ^ Q(report__isnull=True), name="dispatch_of_one_thing"
            ),
            models.UniqueConstraint(fields=["notice", "channel", "address"], name="notice_once_an_address"),
            models.UniqueConstraint(fields=["report", "channel", "address"], name="report_once_an_address"),
        ]
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=Q(status="waiting"), name="dispatch_waiting")
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.address}"

    def claim(self) -> bool:
        """Keep every other process from sending this for two minutes; tell whether it was free."""
        unclaimed = Dispatch.objects.filter(
            pk=self.pk, status=self.Status.WAITING, next_attempt_at=self.next_attempt_at
        )
        return bool(unclaimed.update(next_attempt_at=timezone.now() + CLAIM))

    def note_attempt(self, error: str, *, is_final: bool = False) -> None:
        """Store how an attempt went: `error` is empty for a success, and `is_final` forbids another one."""
        self.attempts += 1
        self.error, self.next_attempt_at = error[:300], None
        if not error:
            self.status = self.Status.DELIVERED
        else:
            next_attempt = timezone.now() + pause_after(self.attempts)
            if is_final or next_attempt > self.due_since + GIVEN_UP_AFTER:
                self.status = self.Status.FAILED
            else:
                self.status, self.next_attempt_at = self.Status.WAITING, next_attempt
        self.save(update_fields=["attempts", "error", "next_attempt_at", "status"])

    def send_again(self) -> None:
        """Put it back to the beginning, whatever became of it."""
        now = timezone.now()
        self.status, self.attempts, self.due_since, self.next_attempt_at = self.Status.WAITING, 0, now, now
        self.save(update_fields=["status", "attempts", "due_since", "next_attempt_at"])
