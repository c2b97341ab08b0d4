"""Invitations: an owner asks somebody to work for a site, and the link works once."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry, Invitation, Membership, User
from tests.accounts.people import is_signed_in, sign_in

pytestmark = pytest.mark.django_db

Role = Membership.Role
PAGE = "/admin/invitation/"
NEWCOMER = {
    "accept": "yes",
    "username": "newcomer",
    "first_name": "Nell",
    "password": "a lamp beside the bed",
}


@pytest.fixture
def invited(site, owner) -> tuple[Invitation, str]:
    return Invitation.objects.invite(site, "new@lumen.example", Role.OPERATOR, owner)


def invite(client: Client, site, **changes):
    form = {"site": site.pk, "email": "new@lumen.example", "role": "operator", **changes}
    return client.post("/admin/accounts/invitation/add/", form)


def test_the_link_is_shown_once_where_no_mail_is_sent(client: Client, owner, site):
    client.force_login(owner)

    page = invite(client, site)

    (secret,) = re.findall(r"/admin/invitation/#([\w-]{43})<", page.content.decode())
    assert Invitation.objects.open_for(secret).email == "new@lumen.example"
    assert secret not in client.get("/admin/accounts/invitation/").content.decode()
    assert AuditEntry.objects.get().kind == "invitation.made"
    assert mail.outbox == []


def test_the_link_goes_by_mail_where_mail_is_sent(client: Client, owner, site, settings):
    settings.EMAIL_URL = "smtp://mail.example.com"
    client.force_login(owner)

    page = invite(client, site)

    (sent,) = mail.outbox
    assert page.status_code == 302
    assert sent.to == ["new@lumen.example"]
    (secret,) = re.findall(r"/admin/invitation/#([\w-]{43})\s", sent.body)
    assert Invitation.objects.open_for(secret)


def test_the_form_offers_the_only_site_and_not_the_highest_role(client: Client, owner, site, other_site):
    client.force_login(owner)

    offered = client.get("/admin/accounts/invitation/add/").context["adminform"].form

    assert offered["site"].value() == site.pk
    assert offered["role"].value() == Role.OPERATOR


def test_an_owner_invites_to_no_other_site(client: Client, owner, other_site):
    client.force_login(owner)

    page = invite(client, other_site)

    assert "site" in page.context["adminform"].form.errors
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("role", ["editor", "operator", "viewer"])
def test_only_owners_invite(client: Client, site, role, request):
    client.force_login(request.getfixturevalue(role))

    assert invite(client, site).status_code == 403
    assert not Invitation.objects.exists()


def test_a_newcomer_takes_a_name_and_a_password_and_is_in(client: Client, invited, site):
    _invitation, secret = invited
    offer = client.post(PAGE, {"code": secret})
    assert "Lumen Lamps" in offer.content.decode()

    response = client.post(PAGE, {"code": secret, **NEWCOMER}, follow=True)

    assert response.request["PATH_INFO"] == "/admin/"
    newcomer = User.objects.get(username="newcomer")
    assert (newcomer.roles, newcomer.email) == ({site.pk: Role.OPERATOR}, "new@lumen.example")
    assert not newcomer.is_superuser
    assert AuditEntry.objects.filter(kind="invitation.accepted", actor=newcomer).exists()


def test_somebody_signed_in_takes_the_role_with_the_own_account(client: Client, invited, site, stranger):
    sign_in(client, "stranger")

    client.post(PAGE, {"code": invited[1], "accept": "yes"})

    assert User.objects.get(pk=stranger.pk).roles[site.pk] == Role.OPERATOR


def test_whoever_works_for_the_site_keeps_the_role(client: Client, invited, site, owner):
    sign_in(client, "owner")

    response = client.post(PAGE, {"code": invited[1], "accept": "yes"})

    assert response.status_code == 410
    assert User.objects.get(pk=owner.pk).roles[site.pk] == Role.OWNER
    assert Invitation.objects.get().is_open


@pytest.mark.parametrize("password", ["short", "newcomer", "password123", "12345678901"])
def test_a_weak_password_is_refused(client: Client, invited, password):
    response = client.post(PAGE, {"code": invited[1], **NEWCOMER, "password": password})

    assert response.context["form"].errors["password"]
    assert not User.objects.filter(username="newcomer").exists()


def test_a_name_that_is_taken_is_refused(client: Client, invited, stranger):
    response = client.post(PAGE, {"code": invited[1], **NEWCOMER, "username": "stranger"})

    assert response.context["form"].errors["username"]
    assert Invitation.objects.get().is_open


def expire(invitation: Invitation) -> None:
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))


def use(invitation: Invitation) -> None:
    invitation.accept_as(User.objects.create_user("first"))


def remove_the_inviter(invitation: Invitation) -> None:
    invitation.site.memberships.filter(role=Role.OWNER).delete()


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (expire, "This invitation has expired."),
        (use, "This invitation has been used already."),
        (Invitation.revoke, "This invitation was taken back."),
        (remove_the_inviter, "This invitation was taken back."),
        (Invitation.delete, "This invitation is not known."),
    ],
)
@pytest.mark.parametrize("form", [{}, NEWCOMER], ids=["look", "accept"])
def test_a_link_that_is_over_is_refused_in_plain_words(client: Client, invited, spoil, sentence, form):
    invitation, secret = invited
    spoil(invitation)

    response = client.post(PAGE, {"code": secret, **form})

    assert response.status_code == 410
    assert sentence in response.content.decode()
    assert not User.objects.filter(username="newcomer").exists()


def test_an_owner_takes_an_invitation_back(client: Client, invited, owner):
    invitation, secret = invited
    client.force_login(owner)

    client.post(f"/admin/accounts/invitation/{invitation.pk}/revoke/")

    assert not Invitation.objects.get().is_open
    assert client.post(PAGE, {"code": secret}).status_code == 410
    assert AuditEntry.objects.filter(kind="invitation.revoked", actor=owner).exists()


def test_an_owner_of_another_site_neither_sees_nor_takes_it_back(client: Client, invited, stranger):
    client.force_login(stranger)

    listed = client.get("/admin/accounts/invitation/").content.decode()
    refused = client.post(f"/admin/accounts/invitation/{invited[0].pk}/revoke/")

    assert "new@lumen.example" not in listed
    assert refused.status_code == 404
    assert Invitation.objects.get().is_open


def test_the_secret_is_neither_stored_nor_in_an_address(client: Client, invited):
    invitation, secret = invited

    assert secret not in str(Invitation.objects.values().get())
    assert client.get(PAGE).headers["Referrer-Policy"] == "same-origin"
    assert client.get(f"{PAGE}?code={secret}").context.get("invitation") is None


def test_a_newcomer_to_a_site_with_two_factors_is_led_to_the_second(client: Client, invited, site):
    site.requires_two_factor = True
    site.save()

    response = client.post(PAGE, {"code": invited[1], **NEWCOMER}, follow=True)

    assert response.request["PATH_INFO"] == "/admin/account/confirm/"
    assert not is_signed_in(client)
