"""Conversations, and which of them await what."""

from datetime import datetime
from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from accounts.models import Site, User, new_public_id
from accounts.policy import Ability, sites_where
from chatbot.conversations.models.messages import Message
from chatbot.conversations.models.visitors import Visitor
from inference.models import LanguageModelVersion


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def answerable_by(self, person: User | AnonymousUser) -> Self:
        """Return the conversations of the sites on which the person may answer visitors."""
        return self.filter(site__in=sites_where(person, Ability.ANSWER_VISITORS))

    def awake(self, now: datetime) -> Self:
        """Return the conversations that are not snoozed, or not any more: no clock has to wake them."""
        return self.filter(Q(snoozed_until__isnull=True) | Q(snoozed_until__lte=now))

    def awaiting_person(self) -> Self:
        """Return the open conversations that wait for a person and are assigned to nobody."""
        return self.filter(
            status=Conversation.Status.OPEN, turn=Conversation.Turn.WAITING, assignee__isnull=True
        )

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
        # Thousands may come back at once, and the other columns cost more than the row.
        own = self.filter(visitor=visitor).only("public_id", "language", "last_seq")
        if public_id is not None:
            return own.get(public_id=public_id)
        empty = own.filter(last_seq=0, status=Conversation.Status.OPEN).first()
        return empty or self.create(site_id=visitor.site_id, visitor=visitor)

    def awaiting_reply(self, now: datetime) -> Self:
        """Return open work: a reply is due and nobody alive holds the lease; oldest first."""
        due = Message.objects.filter(conversation=OuterRef("pk")).unfinished()
        own_turn = self.filter(turn=Conversation.Turn.ASSISTANT)
        return own_turn.filter(models.Exists(due)).unleased(now).order_by("updated_at", "pk")

    def unleased(self, now: datetime) -> Self:
        """Return the conversations whose lease nobody holds, or not any more."""
        return self.filter(Q(lease_until__isnull=True) | Q(lease_until__lt=now))


class Conversation(models.Model):
    """A visitor's talk with one site; its events are numbered from 1 without a gap."""

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        CLOSED = "closed", _("Closed")

    class Turn(models.TextChoices):
        """Who answers the visitor's next message; changed with the conversation's row locked only."""

        ASSISTANT = "assistant", _("Assistant")
        WAITING = "waiting", _("Waiting for a person")
        OPERATOR = "operator", _("Operator")

    class Priority(models.IntegerChoices):
        LOW = 1, _("Low")
        NORMAL = 2, _("Normal")
        HIGH = 3, _("High")
        URGENT = 4, _("Urgent")

    class Reason(models.TextChoices):
        """Why a person is wanted."""

        VISITOR = "visitor", _("The visitor asked")
        WORDS = "words", _("Words in the message")
        LOW_SCORE = "low_score", _("Nothing fitting was found")
        FAILED_ANSWERS = "failed_answers", _("Answers failed")
        SENTIMENT = "sentiment", _("The visitor is unhappy")

    class Mood(models.TextChoices):
        """How the visitor feels of late, in three steps."""

        NEGATIVE = "negative", _("Unhappy")
        NEUTRAL = "neutral", _("Neutral")
        POSITIVE = "positive", _("Happy")

    # The sentiment up to which a visitor counts as unhappy, and from which on as happy.
    UNHAPPY, HAPPY = -0.3, 0.3

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
    turn = models.CharField(_("turn"), max_length=10, choices=Turn, default=Turn.ASSISTANT)
    assignee = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="assigned_conversations",
        verbose_name=_("assigned to"),
    )
    # Since when the visitor waits for a person's word, and why a person was asked for.
    waiting_since = models.DateTimeField(_("waiting since"), null=True, blank=True)
    handoff_reason = models.CharField(_("reason"), max_length=20, choices=Reason, blank=True)
    priority = models.PositiveSmallIntegerField(_("priority"), choices=Priority, default=Priority.NORMAL)
    snoozed_until = models.DateTimeField(_("snoozed until"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    merged_into = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="merged", verbose_name=_("merged into")
    )
    # What the visitor tells: how to be reached, the language, the page the chat is on, the rating at the end.
    contact = models.CharField(_("address left"), max_length=254, blank=True)
    language = models.CharField(_("language"), max_length=20, blank=True)
    page_url = models.CharField(_("page"), max_length=2048, blank=True)
    page_title = models.CharField(_("page title"), max_length=200, blank=True)
    rating = models.PositiveSmallIntegerField(
        _("rating"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    rating_comment = models.TextField(_("comment on the rating"), blank=True)
    visitor_seen_seq = models.PositiveBigIntegerField(default=0, editable=False)
    staff_seen_seq = models.PositiveBigIntegerField(default=0, editable=False)
    # How the visitor feels of late, from -1 to 1; None while nothing is measured.
    sentiment = models.FloatField(_("sentiment"), null=True, editable=False)
    # Visitor's messages since somebody of the staff looked.
    unread = models.PositiveIntegerField(_("unread"), default=0, editable=False)
    # The language model that answered first. It goes on answering while it is the canary; the active one
    # answers otherwise.
    first_version = models.ForeignKey(
        LanguageModelVersion,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("language model at the beginning"),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("last activity"), auto_now=True)

    objects = ConversationQuerySet.as_manager()

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        indexes = [
            models.Index(fields=["site", "-updated_at"]),
            models.Index(fields=["visitor", "-created_at"]),
            models.Index(
                fields=["site", "turn", "-updated_at"],
                condition=Q(status="open"),
                name="conversation_open_turn",
            ),
            # One for each list of the inbox, in its order: a page is read from the index and nothing sorted.
            models.Index(
                fields=["site", "-updated_at", "-id"], condition=Q(message_total__gt=0), name="inbox_site"
            ),
            models.Index(fields=["-updated_at", "-id"], condition=Q(message_total__gt=0), name="inbox_all"),
            models.Index(
                fields=["-updated_at", "-id"],
                condition=Q(status="open", turn="waiting", message_total__gt=0),
                name="inbox_waiting",
            ),
            models.Index(
                fields=["-updated_at", "-id"],
                condition=Q(status="open", turn="assistant", message_total__gt=0),
                name="inbox_bot",
            ),
            models.Index(
                fields=["-updated_at", "-id"],
                condition=Q(status="closed", message_total__gt=0),
                name="inbox_closed",
            ),
            models.Index(
                fields=["assignee", "-updated_at", "-id"],
                condition=Q(status="open", message_total__gt=0),
                name="inbox_mine",
            ),
            models.Index(
                fields=["-updated_at", "-id"],
                condition=Q(status="open", sentiment__lte=-0.3, message_total__gt=0),
                name="inbox_unhappy",
            ),
            models.Index(
                fields=["contact"],
                condition=~Q(contact=""),
                opclasses=["varchar_pattern_ops"],
                name="inbox_contact",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(rating__isnull=True) | Q(rating__range=(1, 5)), name="conversation_rating_1_to_5"
            ),
        ]

    def __str__(self) -> str:
        return self.public_id[:8]

    @property
    def assistant_answers(self) -> bool:
        """Whether the visitor's next message asks the assistant for a reply."""
        return self.turn == self.Turn.ASSISTANT

    @property
    def mood(self) -> Mood | None:
        """How the visitor feels of late; None while nothing is measured."""
        if self.sentiment is None:
            return None
        if self.sentiment <= self.UNHAPPY:
            return self.Mood.NEGATIVE
        return self.Mood.POSITIVE if self.sentiment >= self.HAPPY else self.Mood.NEUTRAL
