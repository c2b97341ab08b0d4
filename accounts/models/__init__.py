"""People, sites, who may do what on which site, how people get in, and the record of what they did."""

from accounts.models.api_keys import ApiKey, ExpiredKey, RevokedKey, UnknownKey
from accounts.models.attempts import Attempt
from accounts.models.audit import AuditEntry, AuditHead
from accounts.models.invitations import Invitation, InvitationRefused
from accounts.models.people import User
from accounts.models.sites import Membership, Site, SiteQuerySet
from accounts.public_ids import new_public_id

__all__ = [
    "ApiKey",
    "Attempt",
    "AuditEntry",
    "AuditHead",
    "ExpiredKey",
    "Invitation",
    "InvitationRefused",
    "Membership",
    "RevokedKey",
    "Site",
    "SiteQuerySet",
    "UnknownKey",
    "User",
    "new_public_id",
]
