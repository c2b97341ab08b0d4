"""How far the figures of a site are counted."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Site


class CountedSite(models.Model):
    """By which clock a site's figures are counted, and which changes are in them."""

    site = models.OneToOneField(Site, models.CASCADE, related_name="counted", primary_key=True)
    time_zone = models.CharField(max_length=64)
    # What changed before this moment has been found; the days it concerns are counted, or waiting for it.
    changes_until = models.DateTimeField()

    class Meta:
        verbose_name = _("counted site")
        verbose_name_plural = _("counted sites")

    def __str__(self) -> str:
        return str(self.site)
