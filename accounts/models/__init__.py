"""People, sites, and who may do what on which site."""

from accounts.models.audit import AuditEntry, AuditHead
from accounts.models.people import User
from accounts.models.sites import Membership, Site, SiteQuerySet
from accounts.public_ids import new_public_id

__all__ = ["AuditEntry", "AuditHead", "Membership", "Site", "SiteQuerySet", "User", "new_public_id"]
