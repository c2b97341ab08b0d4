"""What the staff writes for itself and for the assistant; no visitor ever reads it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from chatbot.conversations.models.conversations import Conversation


class Note(models.Model):
    """A private remark on a conversation; apart from its messages and events, so that it cannot get out."""

    conversation = models.ForeignKey(
        Conversation, models.CASCADE, related_name="notes", verbose_name=_("conversation")
    )
    author = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("author"))
    text = models.TextField(_("text"))
    for_assistant = models.BooleanField(
        _("for the assistant"), default=False, help_text=_("The assistant reads it with the prompt.")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.text[:40]
