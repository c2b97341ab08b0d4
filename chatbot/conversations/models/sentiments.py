"""How a visitor's message feels."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from chatbot.conversations.models.messages import Message


class MessageSentiment(models.Model):
    """The probabilities that a message is negative, neutral or positive, and what people say of that.

    `label` is the most probable one, or "unsure" where its probability is below the head's threshold. A
    person's correction stands beside it, and counts instead of it.
    """

    class Label(models.TextChoices):
        NEGATIVE = "negative", _("Negative")
        NEUTRAL = "neutral", _("Neutral")
        POSITIVE = "positive", _("Positive")
        UNSURE = "unsure", _("Unsure")

    message = models.OneToOneField(Message, models.CASCADE, related_name="sentiment")
    negative = models.FloatField(_("negative"))
    neutral = models.FloatField(_("neutral"))
    positive = models.FloatField(_("positive"))
    label = models.CharField(_("sentiment"), max_length=10, choices=Label)
    # ISO 639-1; a language in which the head was not trained makes the figures less certain.
    language = models.CharField(_("language"), max_length=10, blank=True)
    less_certain = models.BooleanField(_("less certain"), default=False)
    # The version of the head, as `name@number`.
    head = models.CharField(_("sentiment head"), max_length=120, blank=True)
    corrected_label = models.CharField(_("corrected to"), max_length=10, choices=Label, blank=True)
    corrected_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("corrected by")
    )
    corrected_at = models.DateTimeField(_("corrected"), null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True, db_index=True)

    class Meta:
        verbose_name = _("sentiment of a message")
        verbose_name_plural = _("sentiments of messages")

    def __str__(self) -> str:
        return self.counted_label

    @property
    def counted_label(self) -> str:
        """The label that counts: the correction where there is one."""
        return self.corrected_label or self.label

    @property
    def score(self) -> float:
        """From -1, certainly negative, to 1, certainly positive."""
        return self.positive - self.negative
