"""Summaries of conversations, which the model wrote for operators."""

from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef

from chatbot.conversations.models import Conversation, ConversationEvent

# What adds to a conversation's text; whose turn it is and who has looked make no summary old.
_SAID = ("message.created", "message.completed", "message.stopped")


class SummaryQuerySet(models.QuerySet["Summary"]):
    def with_age(self) -> Self:
        """Annotate `is_old`: whether something was said after what the summary covers."""
        later = ConversationEvent.objects.filter(
            conversation=OuterRef("conversation"), seq__gt=OuterRef("seq"), kind__in=_SAID
        )
        return self.annotate(is_old=Exists(later))

    def keep(self, conversation: Conversation, language: str, seq: int, text: str) -> "Summary":
        """Return `text` as the conversation's summary in this language, in the place of an earlier one."""
        summary, _created = self.update_or_create(
            conversation=conversation, language=language, defaults={"seq": seq, "text": text}
        )
        return summary


class Summary(models.Model):
    """What happened in a conversation up to the event `seq`, in one language; kept until more is said."""

    # Annotated by `with_age`.
    is_old: bool

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="summaries")
    language = models.CharField(max_length=20)
    seq = models.PositiveBigIntegerField()
    text = models.TextField()
    written_at = models.DateTimeField(auto_now=True)

    objects = SummaryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "language"], name="summary_once_a_conversation_and_language"
            )
        ]

    def __str__(self) -> str:
        return f"{self.conversation} · {self.language} · {self.seq}"
