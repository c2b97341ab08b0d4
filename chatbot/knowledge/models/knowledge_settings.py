"""How a site's assistant uses what it knows."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Site


class KnowledgeSettingsManager(models.Manager["KnowledgeSettings"]):
    def of(self, site_id: int) -> "KnowledgeSettings":
        """Return the site's settings, or the defaults for a site that has saved none."""
        return self.filter(site_id=site_id).first() or self.model(site_id=site_id)


class KnowledgeSettings(models.Model):
    """One row a site. Thresholds are of a retrieval's confidence; empty means the tuned default."""

    class Mode(models.TextChoices):
        AUTOMATIC = "", _("What suits the language model")
        QUOTE = "quote", _("Quote: passages word for word")
        CHECKED = "checked", _("Checked: the model writes, each sentence must be supported by a passage")
        FREE = "free", _("Free: the model writes, and what it writes is sent")

    site = models.OneToOneField(
        Site, models.CASCADE, related_name="knowledge_settings", verbose_name=_("site")
    )
    mode = models.CharField(_("answers"), max_length=10, choices=Mode, blank=True, default=Mode.AUTOMATIC)
    low_threshold = models.FloatField(
        _("confidence to answer at all"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text=_("Below it the assistant says that it does not know, and offers a person."),
    )
    strong_threshold = models.FloatField(
        _("confidence to answer word for word"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text=_("From it on the curated answer or the passage is given word for word."),
    )

    objects = KnowledgeSettingsManager()

    class Meta:
        verbose_name = _("use of knowledge")
        verbose_name_plural = _("use of knowledge")

    def __str__(self) -> str:
        return str(self.site)
