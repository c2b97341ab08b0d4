"""How an answer came about."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from chatbot.conversations.models.messages import Message
from chatbot.prompts.models import PromptVersion


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
