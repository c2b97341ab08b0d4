"""Visitors, what they and the assistant said, and the numbered events that clients replay."""

import secrets
from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from accounts.digests import digest_of
from accounts.models import Site, new_public_id
from chatbot.prompts.models import PromptVersion


class VisitorQuerySet(models.QuerySet["Visitor"]):
    def register(self, site: Site) -> tuple["Visitor", str]:
        """Create a visitor of `site`; return it with its secret, which is shown this once only."""
        secret = secrets.token_urlsafe(32)
        return self.create(site=site, secret_hash=digest_of(secret)), secret

    def for_secret(self, secret: str, site_key: str) -> "Visitor":
        """Return the visitor of the site who holds `secret`; raises Visitor.DoesNotExist."""
        return self.select_related("site").get(secret_hash=digest_of(secret), site__public_key=site_key)


class Visitor(models.Model):
    """An anonymous person in the widget of one site; known by a secret of which only a digest is kept."""

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="visitors", verbose_name=_("site"))
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = VisitorQuerySet.as_manager()

    class Meta:
        verbose_name = _("visitor")
        verbose_name_plural = _("visitors")

    def __str__(self) -> str:
        return self.public_id[:8]


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def begun(self) -> Self:
        """Return the conversations in which something was said; opening the chat makes an empty one."""
        return self.filter(models.Exists(Message.objects.filter(conversation=OuterRef("pk"))))

    def with_last_line(self) -> Self:
        """Annotate `last_line`, the newest text said, and `message_count`."""
        own = Message.objects.filter(conversation=OuterRef("pk"))
        return self.annotate(
            last_line=Subquery(own.exclude(text="").order_by("-id").values("text")[:1]),
            # A subquery of its own: a join would group every conversation before the page is cut out.
            message_count=Subquery(
                own.order_by().values("conversation").annotate(n=models.Count("pk")).values("n")
            ),
        )

    def with_feedback(self) -> Self:
        """Annotate `has_praise` and `has_complaint`: whether the visitor found an answer helpful, or not."""
        rated = Message.objects.filter(conversation=OuterRef("pk"))
        return self.annotate(
            has_praise=models.Exists(rated.filter(feedback=Message.Feedback.UP)),
            has_complaint=models.Exists(rated.filter(feedback=Message.Feedback.DOWN)),
        )

    def open_for(self, visitor: Visitor, public_id: str | None) -> "Conversation":
        """Return the visitor's own conversation, or an empty one when `public_id` is None.

        Raises Conversation.DoesNotExist for an unknown id and for another visitor's conversation alike.
        """
        own = self.filter(visitor=visitor)
        if public_id is not None:
            return own.get(public_id=public_id)
        empty = own.filter(last_seq=0, status=Conversation.Status.OPEN).first()
        return empty or self.create(site_id=visitor.site_id, visitor=visitor)

    def awaiting_reply(self, now: datetime) -> Self:
        """Return open work: a reply is due and nobody alive holds the lease; oldest first."""
        due = Message.objects.filter(conversation=OuterRef("pk")).unfinished()
        return self.filter(models.Exists(due)).unleased(now).order_by("updated_at", "pk")

    def unleased(self, now: datetime) -> Self:
        """Return the conversations whose lease nobody holds, or not any more."""
        return self.filter(Q(lease_until__isnull=True) | Q(lease_until__lt=now))


class Conversation(models.Model):
    """A visitor's talk with one site; its events are numbered from 1 without a gap."""

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        CLOSED = "closed", _("Closed")

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="conversations", verbose_name=_("site"))
    visitor = models.ForeignKey(
        Visitor, models.CASCADE, related_name="conversations", verbose_name=_("visitor")
    )
    status = models.CharField(_("state"), max_length=10, choices=Status, default=Status.OPEN)
    last_seq = models.PositiveBigIntegerField(default=0, editable=False)
    # The lease: one runner at a time writes answers here, and the token fences off its predecessors.
    lease_token = models.CharField(max_length=32, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("last activity"), auto_now=True)

    objects = ConversationQuerySet.as_manager()

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        indexes = [
            models.Index(fields=["site", "-updated_at"]),
            models.Index(fields=["visitor", "-created_at"]),
        ]

    def __str__(self) -> str:
        return self.public_id[:8]


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
        """Return the messages in order, each with its trace and with what it replaces, in one query."""
        return self.select_related("trace__prompt_version", "replacement").order_by("id")


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
        Conversation, models.CASCADE, related_name="messages", verbose_name=_("conversation")
    )
    author = models.CharField(_("author"), max_length=10, choices=Author)
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
    feedback = models.CharField(_("feedback"), max_length=4, choices=Feedback, blank=True)
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
        ]

    def __str__(self) -> str:
        return self.public_id[:8]

    def data(self) -> dict[str, Any]:
        """Return the message as the protocol shows it to clients."""
        return {
            "id": self.public_id,
            "author": self.author,
            "text": self.text,
            "status": self.status,
            "client_id": self.client_id,
            "answers": self.answers.public_id if self.answers else None,
            "replaces": self.replaces.public_id if self.replaces else None,
            "sources": self.sources,
            "feedback": self.feedback or None,
            "error": self.error or None,
            "created_at": self.created_at.isoformat(),
        }


class ConversationEvent(models.Model):
    """A durable change of a conversation, in the order in which every client sees it."""

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="events")
    seq = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=40)
    payload = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["seq"]
        constraints = [
            models.UniqueConstraint(fields=["conversation", "seq"], name="seq_once_a_conversation")
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.kind}"

    def frame(self) -> dict[str, Any]:
        """Return the event as the frame that clients receive."""
        return {"type": "event", "seq": self.seq, "kind": self.kind, "data": self.payload}


class ReplyTrace(models.Model):
    """How an answer came about: versions, what the model read, timings in milliseconds, token counts."""

    message = models.OneToOneField(Message, models.CASCADE, related_name="trace")
    prompt_version = models.ForeignKey(
        PromptVersion, models.RESTRICT, null=True, related_name="+", verbose_name=_("prompt version")
    )
    language_model = models.CharField(_("language model"), max_length=200, blank=True)
    endpoint = models.CharField(_("endpoint"), max_length=200, blank=True)
    passages = models.JSONField(_("passages"), default=list, blank=True)
    history_messages = models.PositiveIntegerField(_("messages of history"), default=0)
    history_cut = models.PositiveIntegerField(_("messages cut off"), default=0)
    prompt_tokens = models.PositiveIntegerField(_("prompt tokens"), null=True)
    completion_tokens = models.PositiveIntegerField(_("completion tokens"), null=True)
    finish_reason = models.CharField(_("finish reason"), max_length=20, blank=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=1)
    queued_ms = models.PositiveIntegerField(_("time in queue (ms)"), null=True)
    first_token_ms = models.PositiveIntegerField(_("time to first token (ms)"), null=True)
    total_ms = models.PositiveIntegerField(_("total time (ms)"), null=True)

    class Meta:
        verbose_name = _("reply trace")
        verbose_name_plural = _("reply traces")

    def __str__(self) -> str:
        return str(self.message)
