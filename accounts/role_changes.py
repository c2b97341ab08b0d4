"""What saving a page did to roles, told from the roles before and after."""

from typing import Any

from django.http import HttpRequest

from accounts.audit import record_for
from accounts.models import Membership, Site, User

# By the numbers of person and site, of which each pair has one role at most.
Roles = dict[tuple[int, int], Membership]


def roles_of(parent: Site | User) -> Roles:
    """Return the roles on a site, or those of a person."""
    return {
        (membership.user_id, membership.site_id): membership
        for membership in parent.memberships.select_related("user", "site").order_by("pk")
    }


def record_role_changes(request: HttpRequest, before: Roles, after: Roles) -> None:
    """Record each role that was given, changed or taken away, once."""
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key), after.get(key)
        if old is None and new is not None:
            _record(request, "role.given", new, role=new.role)
        elif old is not None and new is None:
            _record(request, "role.taken", old, role=old.role)
        elif old is not None and new is not None and old.role != new.role:
            _record(request, "role.changed", new, before=old.role, role=new.role)


def _record(request: HttpRequest, kind: str, membership: Membership, **roles: Any) -> None:
    record_for(request, kind, site=membership.site, about=membership.user, **roles)
