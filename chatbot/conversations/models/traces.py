"""How an answer came about."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from chatbot.conversations.models.messages import Message
from chatbot.prompts.models import PromptVersion


class ReplyTrace(models.Model):
    """How an answer came about: versions, what the model read, timings in milliseconds, token counts."""

    class Kind(models.TextChoices):
        CURATED = "curated", _("Curated answer")
        QUOTED = "quoted", _("Quoted from a document")
        CHECKED = "checked", _("Written by the model, and checked")
        FREE = "free", _("Written by the model")
        SMALL_TALK = "small_talk", _("Small talk")
        UNKNOWN = "unknown", _("Not known")

    message = models.OneToOneField(Message, models.CASCADE, related_name="trace")
    prompt_version = models.ForeignKey(
        PromptVersion, models.RESTRICT, null=True, related_name="+", verbose_name=_("prompt version")
    )
    language_model = models.CharField(_("language model"), max_length=200, blank=True)
    endpoint = models.CharField(_("endpoint"), max_length=200, blank=True)
    # How it came about, see conversations/answering; empty where it failed before that was clear.
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, blank=True)
    mode = models.CharField(_("mode"), max_length=10, blank=True)
    # ISO 639-1, of the question.
    language = models.CharField(_("language"), max_length=10, blank=True)
    # What was looked up, and the probability that the best passage answers it; None where nothing was.
    query = models.TextField(_("looked up"), blank=True)
    confidence = models.FloatField(_("confidence"), null=True)
    # The thresholds that held then.
    low = models.FloatField(_("threshold to answer"), null=True)
    strong = models.FloatField(_("threshold to quote"), null=True)
    # What the model wrote, sentence by sentence, and which passages support it.
    sentences = models.JSONField(_("sentences"), default=list, blank=True)
    # The prompt and the question as the model read them; empty where it was not asked.
    prompt = models.JSONField(_("prompt as sent"), default=list, blank=True)
    # Milliseconds by name: retrieve, encode, search, fit.
    timings = models.JSONField(_("timings"), default=dict, blank=True)
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
        indexes = [models.Index(fields=["kind", "id"])]

    def __str__(self) -> str:
        return str(self.message)
