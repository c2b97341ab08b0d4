"""Visitors of a site."""

import secrets
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.digests import digest_of
from accounts.models import Site, new_public_id

# Begins what stands in the place of a secret's digest; a digest is hexadecimal, and so begins otherwise.
INVENTED = "demo-history:"


class VisitorQuerySet(models.QuerySet["Visitor"]):
    def register(self, site: Site) -> tuple["Visitor", str]:
        """Create a visitor of `site`; return it with its secret, which is shown this once only."""
        secret = secrets.token_urlsafe(32)
        return self.create(site=site, secret_hash=digest_of(secret)), secret

    def for_secret(self, secret: str, site_key: str) -> "Visitor":
        """Return the visitor of the site who holds `secret`; raises Visitor.DoesNotExist."""
        return self.get(secret_hash=digest_of(secret), site__public_key=site_key)

    def invented(self) -> Self:
        """Return those whose conversations never took place: `manage.py seedhistory` made them up."""
        # A range, for which both databases have an index; no digest lies between.
        return self.filter(secret_hash__gte="demo", secret_hash__lt="demp")


class Visitor(models.Model):
    """An anonymous person in the widget of one site; known by a secret of which only a digest is kept."""

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="visitors", verbose_name=_("site"))
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    blocked_at = models.DateTimeField(_("blocked"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = VisitorQuerySet.as_manager()

    class Meta:
        verbose_name = _("visitor")
        verbose_name_plural = _("visitors")
        indexes = [models.Index(fields=["site", "-created_at"], name="visitor_by_age")]

    def __str__(self) -> str:
        return self.public_id[:8]
