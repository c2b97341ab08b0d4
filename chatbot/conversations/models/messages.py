"""What was said."""

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User, new_public_id


class MessageQuerySet(models.QuerySet["Message"]):
    def unfinished(self) -> Self:
        """Return replies that are asked for and neither complete, failed nor stopped."""
        return self.filter(status__in=Message.UNFINISHED)

    def spoken(self) -> Self:
        """Return, in order, what counts as said: no failed, pending or replaced replies."""
        return self.filter(
            status__in=(Message.Status.COMPLETED, Message.Status.STOPPED), replacement__isnull=True
        ).order_by("id")

    def with_trace(self) -> Self:
        """Return the messages in order, with trace, sentiment and what each replaces, in one query."""
        related = ("trace__prompt_version", "replacement", "operator", "sentiment__corrected_by")
        return self.select_related(*related).order_by("id")

    def without_sentiment(self) -> Self:
        """Return the visitors' messages that no classifier has read yet, the newest first."""
        return self.filter(author=Message.Author.VISITOR, sentiment_checked=False).order_by("-id")


class Message(models.Model):
    """One thing said in a conversation; a reply begins empty and grows until it is finished."""

    class Author(models.TextChoices):
        VISITOR = "visitor", _("Visitor")
        ASSISTANT = "assistant", _("Assistant")
        OPERATOR = "operator", _("Operator")
        SYSTEM = "system", _("System")

    class Status(models.TextChoices):
        PENDING = "pending", _("Waiting")
        STREAMING = "streaming", _("Being written")
        COMPLETED = "completed", _("Complete")
        FAILED = "failed", _("Failed")
        STOPPED = "stopped", _("Stopped")

    UNFINISHED = (Status.PENDING, Status.STREAMING)

    class Feedback(models.TextChoices):
        UP = "up", _("Helpful")
        DOWN = "down", _("Not helpful")

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    conversation = models.ForeignKey(
        "conversations.Conversation",
        models.CASCADE,
        related_name="messages",
        verbose_name=_("conversation"),
    )
    author = models.CharField(_("author"), max_length=10, choices=Author)
    # Who of the staff wrote it, and the name under which the visitor sees them.
    operator = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("operator")
    )
    name = models.CharField(_("name"), max_length=80, blank=True)
    text = models.TextField(_("text"), blank=True)
    client_id = models.CharField(max_length=64, null=True, blank=True, editable=False)  # noqa: DJ001
    status = models.CharField(_("state"), max_length=10, choices=Status, default=Status.COMPLETED)
    error = models.CharField(_("error"), max_length=40, blank=True)
    stop_requested = models.BooleanField(default=False, editable=False)
    answers = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="replies", verbose_name=_("answer to")
    )
    replaces = models.OneToOneField(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="replacement",
        verbose_name=_("replaces"),
    )
    sources = models.JSONField(_("sources"), default=list, blank=True)
    # The client shows a way to a person below it.
    offers_person = models.BooleanField(_("offers a person"), default=False, editable=False)
    feedback = models.CharField(_("feedback"), max_length=4, choices=Feedback, blank=True)
    # Of visitors' messages: whether the classifier has read it, so that those it has not are found at once.
    sentiment_checked = models.BooleanField(default=False, db_default=False, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["id"]
        constraints = [
            # NULL differs from NULL, so only messages that carry a client_id are held apart.
            models.UniqueConstraint(
                fields=["conversation", "client_id"], name="client_id_once_a_conversation"
            ),
        ]
        indexes = [
            models.Index(
                fields=["conversation", "id"],
                condition=Q(status__in=("pending", "streaming")),
                name="message_unfinished",
            ),
            models.Index(fields=["author", "finished_at"]),
            models.Index(
                fields=["author", "-id"],
                condition=Q(author="visitor", sentiment_checked=False),
                name="message_without_sentiment",
            ),
            # What was said on a day, of all sites.
            models.Index(fields=["created_at"], name="message_by_time"),
        ]

    def __str__(self) -> str:
        return self.public_id[:8]

    def data(self) -> dict[str, Any]:
        """Return the message as the protocol shows it to clients."""
        return {
            "id": self.public_id,
            "author": self.author,
            "name": self.name or None,
            "text": self.text,
            "status": self.status,
            "client_id": self.client_id,
            "answers": self.answers.public_id if self.answers else None,
            "replaces": self.replaces.public_id if self.replaces else None,
            "sources": self.sources,
            "offers_person": self.offers_person,
            "feedback": self.feedback or None,
            "error": self.error or None,
            "created_at": self.created_at.isoformat(),
        }
