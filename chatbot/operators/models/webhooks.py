"""Addresses that are told what happens in the conversations of a site."""

from datetime import timedelta
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Max
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.models import Site, new_public_id
from chatbot.checked_connections import AddressRefused
from chatbot.conversations.models import ConversationEvent
from chatbot.outbound_http import URL_MAX_CHARACTERS, check_url

DISABLED_AFTER = timedelta(days=3)


class WebhookQuerySet(models.QuerySet["Webhook"]):
    def enabled(self) -> Self:
        """Return those that are to be told."""
        return self.filter(is_enabled=True)


class Webhook(models.Model):
    """One address, the kinds of event it is told, and up to where it was told.

    The secret that signs is derived from SECRET_KEY, so that the database alone signs nothing.
    """

    class Kind(models.TextChoices):
        """The kinds of event that concern somebody outside. No other is ever sent."""

        MESSAGE_CREATED = "message.created", _("A message was written, or an answer begun")
        MESSAGE_COMPLETED = "message.completed", _("An answer is complete")
        MESSAGE_FAILED = "message.failed", _("An answer failed")
        MESSAGE_STOPPED = "message.stopped", _("An answer was stopped")
        MESSAGE_FEEDBACK = "message.feedback", _("An answer was rated")
        HANDOFF_REQUESTED = "handoff.requested", _("A person is wanted")
        HANDOFF_WITHDRAWN = "handoff.withdrawn", _("A person is wanted no more")
        OPERATOR_JOINED = "operator.joined", _("An operator took over")
        OPERATOR_LEFT = "operator.left", _("An operator left")
        CONVERSATION_CLOSED = "conversation.closed", _("A conversation was closed")
        CONVERSATION_REOPENED = "conversation.reopened", _("A conversation goes on")
        CONVERSATION_MERGED = "conversation.merged", _("A conversation was merged into another")
        CONVERSATION_RATED = "conversation.rated", _("A conversation was rated")

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="webhooks", verbose_name=_("site"))
    url = models.CharField(
        _("address"), max_length=URL_MAX_CHARACTERS, help_text=_("Like https://example.com/hook")
    )
    kinds = models.JSONField(_("events"), default=list)
    is_enabled = models.BooleanField(_("enabled"), default=True)
    # Which of its secrets signs; the next number is another secret.
    secret_number = models.PositiveIntegerField(default=1, editable=False)
    # The row number of the event up to which all are queued: nothing is looked for before it.
    cursor = models.PositiveBigIntegerField(default=0, editable=False)
    failing_since = models.DateTimeField(_("failing since"), null=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ["site", "url"]

    def __str__(self) -> str:
        return self.url

    def clean(self) -> None:
        """Raise ValidationError for an address that can never be sent to."""
        try:
            check_url(self.url)
        except AddressRefused as refusal:
            raise ValidationError({"url": str(refusal)}) from refusal

    @property
    def secret(self) -> str:
        """What signs the deliveries, known to the receiver too."""
        value = f"{self.public_id}:{self.secret_number}"
        return "whsec_" + salted_hmac("parley.webhook", value, algorithm="sha256").hexdigest()

    def start_from_now(self) -> None:
        """Be told of what happens from now on, and be given a new chance; save the webhook afterwards."""
        newest: int | None = ConversationEvent.objects.aggregate(newest=Max("pk"))["newest"]
        self.cursor = newest or 0
        self.failing_since = None

    def note_success(self) -> None:
        """Forget that deliveries failed."""
        Webhook.objects.filter(pk=self.pk, failing_since__isnull=False).update(failing_since=None)

    def note_failure(self) -> None:
        """Remember since when deliveries fail, and disable the webhook when that is 3 days."""
        now = timezone.now()
        same = Webhook.objects.filter(pk=self.pk)
        same.filter(failing_since__isnull=True).update(failing_since=now)
        same.filter(failing_since__lte=now - DISABLED_AFTER).update(is_enabled=False)
