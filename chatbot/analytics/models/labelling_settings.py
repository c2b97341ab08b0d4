"""What a site lets its messages be used for."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Site


class LabellingSettings(models.Model):
    """Whether messages of a site whose sentiment was corrected train the head that all sites share.

    A site without a row lets nothing out.
    """

    site = models.OneToOneField(
        Site, models.CASCADE, related_name="labelling_settings", verbose_name=_("site")
    )
    trains_sentiment = models.BooleanField(
        _("corrected messages may train the sentiment head"),
        default=False,
        help_text=_(
            "Messages whose sentiment somebody corrected are then among the texts that the head learns from. "
            "The head serves all sites of this installation. It counts from the next training on."
        ),
    )

    class Meta:
        verbose_name = _("use of corrections")
        verbose_name_plural = _("use of corrections")

    def __str__(self) -> str:
        return str(self.site)
