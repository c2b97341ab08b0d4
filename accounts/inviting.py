"""Inviting people to work for a site: each step together with its entry in the record."""

from django.db import transaction

from accounts.audit import record
from accounts.models import Invitation, Site, User


def invite(site: Site, email: str, role: str, *, by: User, network: str = "") -> tuple[Invitation, str]:
    """Return a new invitation and its secret, which nobody can read again."""
    with transaction.atomic():
        invitation, secret = Invitation.objects.invite(site, email, role, by)
        record("invitation.made", by=by, site=site, about=invitation, network=network)
    return invitation, secret


def accept(invitation: Invitation, person: User, *, network: str = "") -> None:
    """Give `person` the role that the invitation offers; raises InvitationRefused."""
    with transaction.atomic():
        invitation.accept_as(person)
        record("invitation.accepted", by=person, site=invitation.site, about=invitation, network=network)


def accept_as_newcomer(
    invitation: Invitation,
    username: str,
    password: str | None,
    *,
    first_name: str = "",
    network: str = "",
) -> User:
    """Return a new person with the invitation's address and role; raises InvitationRefused.

    Without a password the person signs in by single sign-on.
    """
    with transaction.atomic():
        person = User.objects.create_user(username, invitation.email, password, first_name=first_name)
        accept(invitation, person, network=network)
    return person


def revoke(invitation: Invitation, *, by: User, network: str = "") -> None:
    """Take the invitation back; raises InvitationRefused when it is not open any more."""
    with transaction.atomic():
        invitation.revoke()
        record("invitation.revoked", by=by, site=invitation.site, about=invitation, network=network)
