"""Private notes: what staff tell each other about a conversation."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User, new_public_id
from chatbot.conversations.models import Conversation

LONGEST_NOTE = 4000


class Note(models.Model):
    """A note on a conversation. It is no message and no event, so nothing sends it to a visitor."""

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    conversation = models.ForeignKey(
        Conversation, models.CASCADE, related_name="notes", verbose_name=_("conversation")
    )
    author = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("author"))
    text = models.TextField(_("text"), max_length=LONGEST_NOTE)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.public_id[:8]
