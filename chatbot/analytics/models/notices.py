"""What people are told at once of a site's alerts."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Site, new_public_id


class Notice(models.Model):
    """One telling of events of alerts, a digest when there are several, or of a model that was taken back."""

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="+")
    created_at = models.DateTimeField()
    # Where it is not about alerts: which language model was taken back, and why (alerts/taken_back.py).
    taken_back = models.JSONField(default=dict, blank=True, editable=False)

    class Meta:
        verbose_name = _("notice about alerts")
        verbose_name_plural = _("notices about alerts")

    def __str__(self) -> str:
        return self.public_id[:8]
