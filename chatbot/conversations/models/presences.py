"""Which operators are there."""

from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, User
from accounts.policy import Ability

# An open inbox says that its operator is there every 20 seconds.
ONLINE_FOR = timedelta(seconds=50)


class PresenceQuerySet(models.QuerySet["Presence"]):
    def there(self) -> Self:
        """Return those whose inbox is open and who take conversations."""
        return self.filter(available=True, user__is_active=True, last_seen__gt=timezone.now() - ONLINE_FOR)

    def answering(self, site_id: int) -> Self:
        """Return the presences of people who may answer visitors on the site."""
        roles = Membership.objects.filter(
            user=OuterRef("user"), site=site_id, role__in=Ability.ANSWER_VISITORS.value
        )
        return self.filter(Exists(roles) | Q(user__is_superuser=True))


class Presence(models.Model):
    """An operator's presence in the inbox, and how much is given to them."""

    user = models.OneToOneField(
        User, models.CASCADE, related_name="presence", verbose_name=_("person"), primary_key=True
    )
    public_name = models.CharField(
        _("public name"),
        max_length=80,
        blank=True,
        help_text=_("The name that visitors see. Empty means the first name."),
    )
    available = models.BooleanField(_("takes conversations"), default=True)
    capacity = models.PositiveSmallIntegerField(
        _("conversations at once"),
        null=True,
        blank=True,
        help_text=_("How many are assigned automatically. Empty means as many as the site says."),
    )
    last_seen = models.DateTimeField(_("last seen"), null=True, blank=True)
    last_assigned_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = PresenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("presence")
        verbose_name_plural = _("presences")

    def __str__(self) -> str:
        return str(self.user)
