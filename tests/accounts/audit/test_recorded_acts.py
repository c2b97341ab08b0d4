"""Each privileged act in the admin leaves exactly one entry: who, what, about whom, on which site."""

import pytest
from django.test import Client

from accounts.models import AuditEntry, Site, User
from chatbot.conversations.models import Conversation, Message, Visitor
from chatbot.prompts.models import PromptVersion
from inference.models import LanguageModel, LanguageModelVersion

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
NEW_PASSWORDS = {"password1": "another fine horse", "password2": "another fine horse"}


def sentences() -> list[str]:
    return [entry.describe() for entry in AuditEntry.objects.order_by("number")]


def site_form(*roles: tuple[str, ...], **changes):
    """A site's form with rows of (number of the role or nothing, person, role)."""
    rows = {}
    for n, (pk, person, role) in enumerate(roles):
        rows |= {
            f"memberships-{n}-id": pk,
            f"memberships-{n}-user": person,
            f"memberships-{n}-role": role,
        }
    return {
        "name": "Lumen Lamps",
        "public_key": "lumen",
        "allowed_origins": "https://lumen.example",
        "accent_colour": "#3451d1",
        "greeting": "",
        "language": "auto",
        "memberships-TOTAL_FORMS": str(len(roles)),
        "memberships-INITIAL_FORMS": str(sum(bool(pk) for pk, *_ in roles)),
        **rows,
        **changes,
    }


def person_form(**changes):
    return {
        "username": "operator",
        "first_name": "",
        "last_name": "",
        "email": "",
        "is_active": "on",
        "memberships-TOTAL_FORMS": "0",
        "memberships-INITIAL_FORMS": "0",
        **changes,
    }


def test_signing_in_and_out(client: Client, operator, site):
    client.post("/admin/login/", {"username": "operator", "password": PASSWORD}, REMOTE_ADDR="203.0.113.7")
    client.post("/admin/logout/")

    assert sentences() == ["operator signed in", "operator signed out"]
    entry = AuditEntry.objects.get(number=1)
    assert (entry.actor, entry.site, entry.network) == (operator, site, "203.0.113.7")


def test_the_network_of_an_ipv6_address_is_its_64(client: Client, operator):
    client.post(
        "/admin/login/", {"username": "operator", "password": PASSWORD}, REMOTE_ADDR="2001:db8:1:2:3:4:5:6"
    )

    assert AuditEntry.objects.get().network == "2001:db8:1:2::/64"


def test_a_wrong_password_is_recorded_and_an_unknown_name_is_not(client: Client, operator):
    client.post("/admin/login/", {"username": "operator", "password": "wrong"})
    client.post("/admin/login/", {"username": "my secret password", "password": ""})

    assert sentences() == ["Somebody failed to sign in as operator"]


def test_opening_the_sign_in_page_is_no_act(client: Client, operator):
    client.get("/admin/login/")

    assert sentences() == []


def test_ones_own_new_password(client: Client, operator):
    client.force_login(operator)

    wrong = {"oldpassword": "wrong", "password1": "x", "password2": "y"}
    client.post("/admin/password_change/", wrong)
    client.post("/admin/password_change/", {"oldpassword": PASSWORD, **NEW_PASSWORDS})

    assert sentences() == ["operator set a new password for operator"]


def test_a_new_password_for_somebody_else(client: Client, owner, operator):
    client.force_login(owner)

    client.post(f"/admin/accounts/user/{operator.pk}/password/", {"password1": "a", "password2": "b"})
    client.post(f"/admin/accounts/user/{operator.pk}/password/", NEW_PASSWORDS)

    assert sentences() == ["owner set a new password for operator"]


def test_adding_a_person_with_a_role(client: Client, owner, site):
    client.force_login(owner)

    client.post(
        "/admin/accounts/user/add/",
        {
            "username": "newcomer",
            **NEW_PASSWORDS,
            "memberships-TOTAL_FORMS": "1",
            "memberships-INITIAL_FORMS": "0",
            "memberships-0-site": site.pk,
            "memberships-0-role": "operator",
        },
    )

    assert sentences() == [
        "owner added newcomer",
        "owner gave newcomer the role Operator on Lumen Lamps",
    ]
    assert set(AuditEntry.objects.values_list("site", flat=True)) == {site.pk}


def test_changing_a_person_names_the_fields_and_holds_the_new_rights(client: Client, administrator, operator):
    client.force_login(administrator)
    address = f"/admin/accounts/user/{operator.pk}/change/"

    client.post(address, person_form())
    client.post(address, person_form(email="o@lumen.example", is_superuser="on"))

    assert sentences() == ["administrator changed operator: email address, superuser status"]
    assert AuditEntry.objects.get().data == {"fields": ["email", "is_superuser"], "is_superuser": True}


def test_deleting_a_person(client: Client, owner, operator, site):
    client.force_login(owner)

    client.post(f"/admin/accounts/user/{operator.pk}/delete/", {"post": "yes"})

    assert not User.objects.filter(username="operator").exists()
    assert sentences() == ["owner deleted operator"]
    assert AuditEntry.objects.get().site == site


def test_roles_given_changed_and_taken_on_the_page_of_a_site(client: Client, owner, operator, viewer, site):
    newcomer = User.objects.create_user("newcomer")
    client.force_login(owner)
    roles = {membership.user_id: membership for membership in site.memberships.all()}
    User.objects.filter(pk=owner.pk).update(is_superuser=True)

    response = client.post(
        f"/admin/accounts/site/{site.pk}/change/",
        site_form(
            (roles[owner.pk].pk, owner.pk, "owner"),
            (roles[operator.pk].pk, operator.pk, "editor"),
            (roles[viewer.pk].pk, viewer.pk, "viewer"),
            ("", newcomer.pk, "operator"),
            **{"memberships-2-DELETE": "on"},
        ),
    )

    assert response.status_code == 302
    assert sentences() == [
        "owner changed the role of operator on Lumen Lamps from Operator to Editor",
        "owner took the role Viewer on Lumen Lamps from viewer",
        "owner gave newcomer the role Operator on Lumen Lamps",
    ]


def test_a_refused_form_leaves_no_entry(client: Client, owner, site):
    client.force_login(owner)

    client.post(f"/admin/accounts/site/{site.pk}/change/", site_form(name=""))

    assert sentences() == []


def test_adding_changing_and_deleting_a_site(client: Client, administrator, site):
    client.force_login(administrator)

    client.post("/admin/accounts/site/add/", site_form(name="Second", public_key="second"))
    client.post(f"/admin/accounts/site/{site.pk}/change/", site_form())
    client.post(f"/admin/accounts/site/{site.pk}/change/", site_form(greeting="Good day!"))
    client.post(f"/admin/accounts/site/{site.pk}/delete/", {"post": "yes"})

    assert not Site.objects.filter(pk=site.pk).exists()
    assert sentences() == [
        "administrator added the site Second",
        "administrator changed Lumen Lamps: greeting",
        "administrator deleted the site Lumen Lamps and all that belonged to it",
    ]


def test_nobody_hides_a_change_by_saying_it_was_so_before(client: Client, owner, site):
    client.force_login(owner)

    sent = site_form(**{"public_key": "other-key", "initial-public_key": "other-key"})
    client.post(f"/admin/accounts/site/{site.pk}/change/", sent)

    assert sentences() == ["owner changed Lumen Lamps: public key"]


def test_publishing_a_prompt(client: Client, editor, site):
    version = PromptVersion.objects.current(site)
    client.force_login(editor)

    client.post(f"/admin/prompts/promptversion/{version.pk}/change/", {"text": version.text})
    client.post(f"/admin/prompts/promptversion/{version.pk}/change/", {"text": "Speak of lamps only."})

    assert sentences() == ["editor published version 2 of the prompt of Lumen Lamps"]


def test_activating_a_language_model(client: Client, administrator):
    model = LanguageModel.objects.create(name="tiny", parameters=1, context_length=1)
    version = LanguageModelVersion.objects.register(
        model, path="tiny", sha256="0" * 64, size=1, dtype="float32", source="test"
    )
    client.force_login(administrator)

    for _ in range(2):
        client.post(f"/admin/inference/languagemodelversion/{version.pk}/activate/")

    assert sentences() == [
        "Parley installed tiny@1",
        "administrator made tiny@1 the active model of its kind",
    ]


def test_reading_a_conversation_is_recorded_once_an_hour(client: Client, viewer, owner, site):
    visitor, _secret = Visitor.objects.register(site)
    conversation = Conversation.objects.create(site=site, visitor=visitor)
    Message.objects.create(conversation=conversation, author="visitor", text="Where is my blue lamp?")
    address = f"/admin/conversations/conversation/{conversation.pk}/change/"

    for reader in (viewer, viewer, owner):
        client.force_login(reader)
        assert client.get(address).status_code == 200

    shown = conversation.public_id[:8]
    assert sentences() == [
        f"viewer read conversation {shown} of Lumen Lamps",
        f"owner read conversation {shown} of Lumen Lamps",
    ]
    assert AuditEntry.objects.first().about_id == conversation.public_id


def test_a_conversation_that_is_not_shown_was_not_read(client: Client, stranger, site):
    visitor, _secret = Visitor.objects.register(site)
    conversation = Conversation.objects.create(site=site, visitor=visitor)
    client.force_login(stranger)

    client.get(f"/admin/conversations/conversation/{conversation.pk}/change/")

    assert sentences() == []
