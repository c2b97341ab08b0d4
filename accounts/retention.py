"""Erasing the personal part of old audit entries, or of those of one person; the chain still verifies."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.audit import record
from accounts.models import AuditEntry, User


def scrub_before(when: datetime, by: User | None = None) -> int:
    """Erase names, networks and personal details of all entries before `when`; return how many had some.

    That this was done is an entry itself.
    """
    return _scrub(AuditEntry.objects.filter(when__lt=when), by, before=when.isoformat(timespec="seconds"))


def scrub_person(number: int, by: User | None = None) -> int:
    """Erase the same in all entries of what person `number` did or what was done to their account."""
    about_them = Q(about_type=User._meta.label_lower, about_id=str(number))
    return _scrub(AuditEntry.objects.filter(Q(actor=number) | about_them), by, person=number)


def _scrub(entries: QuerySet[AuditEntry], by: User | None, **what: Any) -> int:
    with transaction.atomic():
        erased = entries.exclude(salt="").update(
            actor_name="", about_name="", network="", personal={}, salt=""
        )
        if erased:
            record("audit.scrubbed", by=by, entries=erased, **what)
    return erased
