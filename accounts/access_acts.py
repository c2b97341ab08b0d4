"""The acts of coming in that are recorded, and what allauth's own pages did, recorded from its signals."""

from typing import Any

from allauth.account import signals as account_signals
from allauth.mfa import signals as factor_signals
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.action_types import UNKNOWN
from accounts.attempts import counting_since
from accounts.audit import ActionType, only_site_of, record, register, was_recorded_since
from accounts.changes import access_changed
from accounts.models import AuditEntry, User
from accounts.networks import network_of_request

_FACTORS = {
    Authenticator.Type.TOTP: _("authenticator app"),
    Authenticator.Type.WEBAUTHN: _("passkey"),
    Authenticator.Type.RECOVERY_CODES: _("recovery codes"),
}


def _act(kind: str, name: "str | Promise", sentence: "str | Promise") -> None:
    register(type(kind, (ActionType,), {"kind": kind, "name": name, "sentence": sentence}))


_act("person.sign_in_blocked", _("Sign-in blocked"), _("Too many wrong attempts to sign in as %(about)s"))
_act("person.password_reset", _("Password reset"), _("%(about)s set a new password by a link"))
_act("person.access_reset", _("Access reset"), _("A command gave %(about)s a new way in"))
_act("person.sessions_ended", _("Sessions ended"), _("%(actor)s ended own sessions elsewhere"))
_act("factor.renewed", _("Recovery codes renewed"), _("%(actor)s made new recovery codes"))
_act("invitation.made", _("Invitation made"), _("%(actor)s invited %(about)s"))
_act("invitation.accepted", _("Invitation accepted"), _("%(actor)s accepted the invitation %(about)s"))
_act("invitation.revoked", _("Invitation taken back"), _("%(actor)s took the invitation %(about)s back"))


class _FactorAct(ActionType):
    """An act whose data name a factor as allauth does."""

    def words(self, entry: AuditEntry) -> dict[str, Any]:
        words = super().words(entry)
        return {**words, "factor": _FACTORS.get(words.get("factor", ""), words.get("factor", UNKNOWN))}


@register
class FactorAdded(_FactorAct):
    kind = "factor.added"
    name = _("Second factor added")
    sentence = _("%(actor)s set up a second factor: %(factor)s")


@register
class FactorRemoved(_FactorAct):
    kind = "factor.removed"
    name = _("Second factor removed")
    sentence = _("%(actor)s removed a second factor: %(factor)s")


def record_own(request: HttpRequest, kind: str, person: User, **data: Any) -> None:
    """Record what `person` did to the own account."""
    record(
        kind,
        by=person,
        about=person,
        site=only_site_of(person),
        network=network_of_request(request),
        **data,
    )


def record_failed(request: HttpRequest, person: User) -> None:
    """Record a wrong password for an account that exists.

    Other names are not recorded: people type passwords into the wrong field.
    """
    site = only_site_of(person)
    network = network_of_request(request)
    record("person.sign_in_failed", by=None, site=site, about=person, network=network)


def record_blocked(request: HttpRequest, person: User | None) -> None:
    """Record, once in the time that attempts count, that nobody may try to sign in as `person` for now."""
    network = network_of_request(request)
    kind = "person.sign_in_blocked"
    if not was_recorded_since(counting_since(), kind, about=person, network=network):
        site = only_site_of(person) if person else None
        record(kind, by=None, about=person, site=site, network=network)


def listen() -> None:
    """Hear from allauth what its pages did; called once, when the apps are ready."""
    account_signals.password_changed.connect(_on_password_changed)
    account_signals.password_set.connect(_on_password_changed)
    account_signals.password_reset.connect(_on_password_reset)
    factor_signals.authenticator_added.connect(_on_factor_added)
    factor_signals.authenticator_removed.connect(_on_factor_removed)
    factor_signals.authenticator_reset.connect(_on_factor_renewed)


def _on_password_changed(request: HttpRequest, user: User, **kwargs: Any) -> None:
    record_own(request, "person.password_changed", user)


def _on_password_reset(request: HttpRequest, user: User, **kwargs: Any) -> None:
    record_own(request, "person.password_reset", user)


def _on_factor_added(request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    record_own(request, "factor.added", user, factor=authenticator.type)


def _on_factor_removed(request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    with transaction.atomic():
        record_own(request, "factor.removed", user, factor=authenticator.type)
        access_changed(user.pk)


def _on_factor_renewed(request: HttpRequest, user: User, **kwargs: Any) -> None:
    record_own(request, "factor.renewed", user)
