"""Which conversations a version of a data set holds, so that an erasure shows where its texts went."""

from typing import Self

from django.db import models
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from chatbot.conversations.models import Conversation


def key_of(conversation_id: str) -> str:
    """Return the 64 digits by which data sets know a conversation; its id cannot be computed from them."""
    return salted_hmac("chatbot.workshop.conversation", conversation_id, algorithm="sha256").hexdigest()


class HeldConversationQuerySet(models.QuerySet["HeldConversation"]):
    def of(self, conversation_id: str) -> Self:
        """Return where the conversation with this public id is held, also after it was erased."""
        return self.filter(key=key_of(conversation_id))

    def erased(self) -> Self:
        """Return those whose conversation was erased since."""
        return self.filter(conversation=None)


class HeldConversation(models.Model):
    """One conversation in one version; the key stays when the conversation is erased."""

    version = models.ForeignKey(
        "workshop.DataSetVersion", models.CASCADE, related_name="held", verbose_name=_("version")
    )
    key = models.CharField(max_length=64, db_index=True)
    conversation = models.ForeignKey(
        Conversation,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("conversation"),
    )

    objects = HeldConversationQuerySet.as_manager()

    class Meta:
        verbose_name = _("conversation in a data set")
        verbose_name_plural = _("conversations in data sets")
        constraints = [models.UniqueConstraint(fields=["version", "key"], name="held_once_a_version")]

    def __str__(self) -> str:
        return self.key[:8]
