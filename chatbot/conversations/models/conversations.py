"""Conversations, and which of them await what."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from accounts.models import Site, new_public_id
from chatbot.conversations.models.messages import Message
from chatbot.conversations.models.visitors import Visitor


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
    # What the inbox shows in a row, kept by `events.record` so that a list reads no messages.
    newest_line = models.CharField(max_length=200, blank=True, editable=False)
    newest_author = models.CharField(max_length=10, choices=Message.Author, blank=True, editable=False)
    message_total = models.PositiveIntegerField(default=0, editable=False)
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
