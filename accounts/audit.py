"""Recording privileged acts: who did what, when, on which site.

`record` is called by the function that does the act, in its transaction: either both happen or neither.
"""

import secrets
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.action_types import ActionType, UnknownKind, action_type_of, register
from accounts.models import AuditEntry, AuditHead, Site, User
from accounts.networks import network_of_request
from accounts.policy import Ability, may, signed_in, sites_where

__all__ = [
    "ActionType",
    "UnknownKind",
    "entries_seen_by",
    "only_site_of",
    "record",
    "record_for",
    "register",
    "was_recorded_since",
]


def record(
    kind: str,
    *,
    by: User | None,
    site: Site | None = None,
    about: Model | None = None,
    network: str = "",
    **data: Any,
) -> AuditEntry:
    """Append an act to the record, in the caller's transaction, and return its entry.

    `by` is None when no person acts but the installation itself or a command. `about` must still have its
    number, so what is deleted is recorded before. `data` holds texts, whole numbers, truth values, None, and
    lists of them; secrets have no place there. The entry's number is held until the transaction ends and
    others wait for it, so call this last, after all other locks.

    Raises UnknownKind, and TypeError for data of another type.
    """
    action_type = action_type_of(kind)
    for value in data.values():
        _check(value)
    kept = action_type.scrub(data)
    entry = AuditEntry(
        kind=kind,
        actor_id=by.pk if by else None,
        actor_name=by.get_username() if by else "",
        site_id=site.pk if site else None,
        site_name=site.name if site else "",
        about_type=about._meta.label_lower if about else "",
        about_id=_id_of(about) if about else "",
        about_name=str(about)[:200] if about else "",
        network=network,
        data=kept,
        personal={key: value for key, value in data.items() if key not in kept or kept[key] != value},
        salt=secrets.token_hex(16),
    )
    entry.personal_digest = entry.digest_personal()
    with transaction.atomic():
        head, _created = AuditHead.objects.select_for_update().get_or_create(pk=1)
        entry.number, entry.previous_hash = head.number + 1, head.hash
        entry.when = timezone.now()
        entry.hash = entry.digest()
        entry.save(force_insert=True)
        AuditHead.objects.filter(pk=1).update(number=entry.number, hash=entry.hash)
    return entry


def record_for(
    request: HttpRequest, kind: str, *, site: Site | None = None, about: Model | None = None, **data: Any
) -> AuditEntry:
    """Record what the person who sent `request` does; raises PermissionDenied for a stranger."""
    return record(
        kind, by=signed_in(request), site=site, about=about, network=network_of_request(request), **data
    )


def was_recorded_since(when: datetime, kind: str, *, about: Model | None, **same: Any) -> bool:
    """Tell whether the like was recorded at `when` or later: of this kind, about the same, and `same` equal.

    `same` holds lookups of `AuditEntry`, such as `actor`, `network` or `data__key`.
    """
    about_type, about_id = (about._meta.label_lower, _id_of(about)) if about else ("", "")
    same_thing = AuditEntry.objects.filter(about_type=about_type, about_id=about_id)
    return same_thing.filter(kind=kind, when__gte=when, **same).exists()


def entries_seen_by(user: User | AnonymousUser) -> QuerySet[AuditEntry]:
    """Return the entries of the sites whose record `user` reads; all of them for a superuser."""
    if may(user, Ability.RUN_INSTALLATION):
        return AuditEntry.objects.all()
    return AuditEntry.objects.filter(site__in=sites_where(user, Ability.READ_AUDIT))


def only_site_of(person: User) -> Site | None:
    """Return the site whose business this person's account is: the one where they work, if it is one alone.

    Its owner may then read what happens to the account. Where several sites share a person, that is for
    superusers only, as the account is.
    """
    if person.is_superuser:
        return None
    sites = list(Site.objects.filter(memberships__user=person)[:2])
    return sites[0] if len(sites) == 1 else None


def _id_of(thing: Model) -> str:
    return str(getattr(thing, "public_id", None) or thing.pk)


def _check(value: Any) -> None:
    """Refuse what comes back from a database in another shape, such as fractions, and breaks the hash."""
    if isinstance(value, list):
        for item in value:
            _check(item)
    elif value is not None and not isinstance(value, str | int):
        raise TypeError(f"The audit record takes no {type(value).__name__}: {value!r}")
