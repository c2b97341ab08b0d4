"""Days of a site whose figures have to be counted again."""

from collections.abc import Iterable
from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Site, new_public_id


class StaleDayQuerySet(models.QuerySet["StaleDay"]):
    def mark(self, site_id: int, days: Iterable[date]) -> None:
        """Have these days of the site's clock counted again, even if somebody is counting them just now."""
        # In one order, so that two who mark never wait for each other.
        rows = [StaleDay(site_id=site_id, day=day) for day in sorted(set(days))]
        self.bulk_create(
            rows,
            batch_size=500,
            update_conflicts=True,
            unique_fields=["site", "day"],
            update_fields=["token"],
        )


class StaleDay(models.Model):
    """A day of a site whose figures are not, or not any more, what happened.

    Whoever counts reads the token first and deletes the row with that token only: a day that was marked
    again meanwhile has another one.
    """

    site = models.ForeignKey(Site, models.CASCADE, related_name="stale_days")
    day = models.DateField()
    token = models.CharField(max_length=32, default=new_public_id)

    objects = StaleDayQuerySet.as_manager()

    class Meta:
        verbose_name = _("day to be counted")
        verbose_name_plural = _("days to be counted")
        constraints = [models.UniqueConstraint(fields=["site", "day"], name="stale_day_once")]

    def __str__(self) -> str:
        return f"{self.site_id} {self.day}"
