"""Making API keys and taking them back, on the record."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.audit import ActionType, record, register
from accounts.models import ApiKey, User


@register
class KeyMade(ActionType):
    kind = "api_key.made"
    name = _("Made an API key")
    sentence = _("%(actor)s made the API key %(about)s for %(scopes)s")


@register
class KeyRevoked(ActionType):
    kind = "api_key.revoked"
    name = _("Revoked an API key")
    sentence = _("%(actor)s revoked the API key %(about)s")


@transaction.atomic
def make_key(key: ApiKey, *, by: User, network: str = "") -> str:
    """Save the new `key` and return its token, which nobody can read again."""
    token = key.new_token()
    key.made_by = by
    key.save(force_insert=True)
    record("api_key.made", by=by, site=key.site, about=key, network=network, scopes=list(key.scopes))
    return token


@transaction.atomic
def revoke_key(key: ApiKey, *, by: User, network: str = "") -> None:
    """Take the key back for good, from the next request on; doing it twice changes nothing."""
    if key.revoke():
        record("api_key.revoked", by=by, site=key.site, about=key, network=network)
