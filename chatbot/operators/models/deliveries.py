"""What is sent to webhooks, and how it went: the delivery log."""

from datetime import datetime, timedelta
from typing import Any, Self

from django.db import models
from django.db.models import Exists, Max, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import new_public_id
from chatbot.conversations.models import ConversationEvent
from chatbot.operators.models.webhooks import Webhook
from chatbot.retrying import pause_after

# Events older than this are committed, or never will be: a transaction does not take so long.
SETTLED_AFTER = timedelta(minutes=10)
# Longer than the longest attempt: until then nobody else tries the same delivery.
CLAIM = timedelta(minutes=2)
GIVEN_UP_AFTER = timedelta(days=1)
KEPT = timedelta(days=30)
TEST = "test"

_QUEUED_AT_ONCE = 500


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def queue_new_events(self, webhook: Webhook) -> int:
        """Queue the events that the webhook is to be told of and was not yet; return how many there were.

        Events are numbered when they are written and seen when they are committed, in another order. So the
        cursor stays behind those that may still appear, and what is queued already is left out.
        """
        settled = timezone.now() - SETTLED_AFTER
        beyond = ConversationEvent.objects.filter(pk__gt=webhook.cursor)
        queued = self.filter(webhook=webhook, event=OuterRef("pk"))
        wanted = beyond.filter(
            ~Exists(queued), conversation__site=webhook.site_id, kind__in=set(webhook.kinds)
        )
        wanted = wanted.filter(kind__in=Webhook.Kind.values)
        new = list(wanted.order_by("pk")[:_QUEUED_AT_ONCE])
        self.bulk_create(
            [Delivery(webhook=webhook, event=event, kind=event.kind) for event in new], ignore_conflicts=True
        )
        if len(new) < _QUEUED_AT_ONCE:
            passed = beyond.filter(created_at__lt=settled).aggregate(newest=Max("pk"))["newest"]
            if passed is not None:
                Webhook.objects.filter(pk=webhook.pk, cursor__lt=passed).update(cursor=passed)
        return len(new)

    def due(self, now: datetime) -> Self:
        """Return what is to be sent now, in the order it fell due; nothing of disabled webhooks."""
        waiting = self.filter(status=Delivery.Status.WAITING, webhook__is_enabled=True)
        return waiting.filter(next_attempt_at__lte=now).order_by("next_attempt_at", "pk")

    def out_of_date(self) -> Self:
        """Return what the log need not keep any longer."""
        return self.filter(~Q(status=Delivery.Status.WAITING), created_at__lt=timezone.now() - KEPT)


class Delivery(models.Model):
    """One event on its way to one webhook, and how the last attempt went.

    It keeps no copy of the event, so that an erased visitor's words are in no log.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Failed")

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries", verbose_name=_("webhook"))
    event = models.ForeignKey(
        ConversationEvent, models.CASCADE, null=True, related_name="+", verbose_name=_("event")
    )
    kind = models.CharField(_("event"), max_length=40)
    status = models.CharField(_("state"), max_length=10, choices=Status, default=Status.WAITING)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    due_since = models.DateTimeField(_("due since"), default=timezone.now)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, default=timezone.now)
    status_code = models.PositiveSmallIntegerField(_("answer"), null=True)
    error = models.CharField(_("error"), max_length=300, blank=True)
    duration_ms = models.PositiveIntegerField(_("duration (ms)"), null=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["webhook", "event"], name="event_once_a_webhook"),
        ]
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=Q(status="waiting"), name="delivery_waiting"),
            models.Index(fields=["created_at"], name="delivery_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id[:8]}"

    def body(self) -> dict[str, Any]:
        """Return what the receiver gets; it is the same in every attempt."""
        event = self.event
        about: dict[str, Any] = {"conversation": None, "visitor": None, "seq": None, "data": {}}
        if event is not None:
            about = {
                "conversation": event.conversation.public_id,
                "visitor": event.conversation.visitor.public_id,
                "seq": event.seq,
                "data": event.payload,
            }
        created_at = self.created_at if event is None else event.created_at
        return {
            "id": self.public_id,
            "kind": self.kind,
            "site": self.webhook.site.public_key,
            "created_at": created_at.isoformat(),
            **about,
        }

    def claim(self) -> bool:
        """Keep every other process from trying this delivery for two minutes; tell whether it was free."""
        unclaimed = Delivery.objects.filter(
            pk=self.pk, status=self.Status.WAITING, next_attempt_at=self.next_attempt_at
        )
        return bool(unclaimed.update(next_attempt_at=timezone.now() + CLAIM))

    def note_attempt(
        self, *, status_code: int | None, error: str, duration_ms: int, is_final: bool = False
    ) -> None:
        """Store how an attempt went: `error` is empty for a success, and `is_final` forbids another one."""
        self.attempts += 1
        self.status_code, self.error, self.duration_ms = status_code, error[:300], duration_ms
        now = timezone.now()
        self.next_attempt_at = None
        if not error:
            self.status = self.Status.DELIVERED
            self.webhook.note_success()
        else:
            self.webhook.note_failure()
            next_attempt = now + pause_after(self.attempts)
            if is_final or next_attempt > self.due_since + GIVEN_UP_AFTER:
                self.status = self.Status.FAILED
            else:
                self.status, self.next_attempt_at = self.Status.WAITING, next_attempt
        fields = ["attempts", "status", "status_code", "error", "duration_ms", "next_attempt_at"]
        # Not by save: an erased visitor's delivery is gone, and stays so.
        values = {name: getattr(self, name) for name in fields}
        Delivery.objects.filter(pk=self.pk).update(**values)

    def send_again(self) -> None:
        """Put the delivery back to the beginning, under the same id, whatever became of it."""
        now = timezone.now()
        self.status, self.attempts, self.due_since, self.next_attempt_at = self.Status.WAITING, 0, now, now
        self.save(update_fields=["status", "attempts", "due_since", "next_attempt_at"])
