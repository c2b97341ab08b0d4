"""What happened on a site on one day."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Site


class DailyFigures(models.Model):
    """Counts and sums of one site and day, over everything or over one value of a dimension.

    Days are those of the site's own clock. `chatbot/analytics/definitions.py` says what the figures mean.
    """

    class Dimension(models.TextChoices):
        ALL = "all", _("Everything")
        HOUR = "hour", _("Hour")
        LANGUAGE = "language", _("Language")
        LABEL = "label", _("Label")
        PROMPT = "prompt", _("Prompt version")
        MODEL = "model", _("Language model version")

    site = models.ForeignKey(Site, models.CASCADE, related_name="daily_figures")
    day = models.DateField()
    dimension = models.CharField(max_length=10, choices=Dimension)
    # "" for everything; the hour "0" to "23"; a language's code; the key of a label or a prompt version; the
    # language model's `name@number`.
    value = models.CharField(max_length=200, blank=True)

    # Conversations, on the day of their first message.
    conversations = models.PositiveIntegerField(default=0)
    ended = models.PositiveIntegerField(default=0)
    resolved = models.PositiveIntegerField(default=0)
    # Resolved ones whose seven days are over, and those of them to which nobody came back.
    resolved_week_ago = models.PositiveIntegerField(default=0)
    still_resolved = models.PositiveIntegerField(default=0)
    handed_over = models.PositiveIntegerField(default=0)
    abandoned = models.PositiveIntegerField(default=0)
    ratings = models.PositiveIntegerField(default=0)
    rating_sum = models.PositiveIntegerField(default=0)
    first_responses = models.PositiveIntegerField(default=0)
    first_response_seconds = models.PositiveBigIntegerField(default=0)
    resolutions = models.PositiveIntegerField(default=0)
    resolution_seconds = models.PositiveBigIntegerField(default=0)

    # Messages, on the day they were written.
    messages = models.PositiveIntegerField(default=0)
    answers = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    unknown = models.PositiveIntegerField(default=0)
    thumbs_up = models.PositiveIntegerField(default=0)
    thumbs_down = models.PositiveIntegerField(default=0)
    negative = models.PositiveIntegerField(default=0)
    neutral = models.PositiveIntegerField(default=0)
    positive = models.PositiveIntegerField(default=0)
    unsure = models.PositiveIntegerField(default=0)
    corrected = models.PositiveIntegerField(default=0)
    queued = models.PositiveIntegerField(default=0)
    queued_ms = models.PositiveBigIntegerField(default=0)
    # How many answers began after so long: {"step": count}, the step as `first_tokens.step_of` says.
    first_token = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("figures of a day")
        verbose_name_plural = _("figures of days")
        constraints = [
            models.UniqueConstraint(
                fields=["site", "dimension", "day", "value"], name="daily_figures_once_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.dimension} {self.value}".strip()
