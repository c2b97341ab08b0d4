"""The acts around people, roles, sites and the audit record itself, and how each reads."""

from typing import Any, ClassVar

from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from accounts.action_types import UNKNOWN, ActionType, register
from accounts.models import AuditEntry, Membership, Site, User


@register
class SignedIn(ActionType):
    kind = "person.signed_in"
    name = _("Signed in")
    sentence = _("%(actor)s signed in")


@register
class SignInFailed(ActionType):
    """Somebody gave a wrong password for an account that exists.

    Names that do not exist are not recorded: people type passwords into the wrong field.
    """

    kind = "person.sign_in_failed"
    name = _("Failed to sign in")
    sentence = _("Somebody failed to sign in as %(about)s")


@register
class SignedOut(ActionType):
    kind = "person.signed_out"
    name = _("Signed out")
    sentence = _("%(actor)s signed out")


@register
class PersonCreated(ActionType):
    kind = "person.created"
    name = _("Added a person")
    sentence = _("%(actor)s added %(about)s")


class _FieldsChanged(ActionType):
    """Names the fields that changed, never what they hold."""

    sentence = _("%(actor)s changed %(about)s: %(fields)s")
    model: ClassVar[type[Model]]

    def words(self, entry: AuditEntry) -> dict[str, Any]:
        labels = {field.name: field.verbose_name for field in self.model._meta.concrete_fields}
        names = [str(labels.get(name, name)) for name in entry.data.get("fields", [])]
        return {**super().words(entry), "fields": ", ".join(names)}


@register
class PersonChanged(_FieldsChanged):
    kind = "person.changed"
    model = User
    name = _("Changed a person")


@register
class PasswordChanged(ActionType):
    kind = "person.password_changed"
    name = _("Changed a password")
    sentence = _("%(actor)s set a new password for %(about)s")


@register
class PersonDeleted(ActionType):
    kind = "person.deleted"
    name = _("Deleted a person")
    sentence = _("%(actor)s deleted %(about)s")


class _RoleAct(ActionType):
    """About a person, on a site, with the role's code in the data."""

    def words(self, entry: AuditEntry) -> dict[str, Any]:
        labels = dict(Membership.Role.choices)
        roles = {key: labels.get(entry.data.get(key, ""), UNKNOWN) for key in ("role", "before")}
        return {**super().words(entry), **roles}


@register
class RoleGiven(_RoleAct):
    kind = "role.given"
    name = _("Gave a role")
    sentence = _("%(actor)s gave %(about)s the role %(role)s on %(site)s")


@register
class RoleChanged(_RoleAct):
    kind = "role.changed"
    name = _("Changed a role")
    sentence = _("%(actor)s changed the role of %(about)s on %(site)s from %(before)s to %(role)s")


@register
class RoleTaken(_RoleAct):
    kind = "role.taken"
    name = _("Took a role away")
    sentence = _("%(actor)s took the role %(role)s on %(site)s from %(about)s")


@register
class SiteCreated(ActionType):
    kind = "site.created"
    name = _("Added a site")
    sentence = _("%(actor)s added the site %(site)s")


@register
class SiteChanged(_FieldsChanged):
    kind = "site.changed"
    model = Site
    name = _("Changed a site")


@register
class SiteDeleted(ActionType):
    kind = "site.deleted"
    name = _("Deleted a site")
    sentence = _("%(actor)s deleted the site %(site)s and all that belonged to it")


@register
class AuditExported(ActionType):
    kind = "audit.exported"
    name = _("Exported the audit record")
    sentence = _("%(actor)s exported %(entries)s entries of the audit record")
    personal = frozenset({"filters"})


@register
class AuditScrubbed(ActionType):
    kind = "audit.scrubbed"
    name = _("Erased personal data from the audit record")
    sentence = _("%(actor)s erased the personal data of %(entries)s entries of the audit record")
