"""The numbered events of a conversation, which clients replay."""

from typing import Any

from django.db import models

from chatbot.conversations.models.conversations import Conversation


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
