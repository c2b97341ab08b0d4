import pytest
from django.test import Client

from accounts.models import Site
from chatbot.conversations.models import Conversation, Message, ReplyTrace, Visitor
from chatbot.prompts.models import PromptVersion

pytestmark = pytest.mark.django_db


def form(**changes):
    return {
        "name": "Lumen Lamps",
        "public_key": "lumen",
        "allowed_origins": "https://lumen.example",
        "accent_colour": "#3451d1",
        "greeting": "",
        "language": "auto",
        "memberships-TOTAL_FORMS": "0",
        "memberships-INITIAL_FORMS": "0",
        **changes,
    }


def save(client: Client, site: Site, **changes):
    return client.post(f"/admin/accounts/site/{site.pk}/change/", form(**changes))


def test_an_owner_changes_the_site(client: Client, owner, site):
    client.force_login(owner)

    response = save(
        client, site, greeting="Good day!", allowed_origins="https://A.example/\n\nhttp://localhost:3000"
    )

    assert response.status_code == 302
    site.refresh_from_db()
    assert site.greeting == "Good day!"
    assert site.allowed_origins == ["https://a.example", "http://localhost:3000"]


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "https://*.example.com",
        "http://shop.example",
        "shop.example",
        "https://shop.example/path",
        "javascript:x",
    ],
)
def test_an_origin_that_is_none_or_too_wide_is_refused(client: Client, owner, site, origin):
    client.force_login(owner)

    response = save(client, site, allowed_origins=f"https://good.example\n{origin}")

    assert response.status_code == 200
    assert response.context["adminform"].form.errors.keys() == {"allowed_origins"}
    site.refresh_from_db()
    assert site.allowed_origins == ["https://lumen.example"]


def test_a_colour_must_be_one(client: Client, owner, site):
    client.force_login(owner)

    response = save(client, site, accent_colour="red; background: url(//evil.example)")

    assert response.context["adminform"].form.errors.keys() == {"accent_colour"}


@pytest.mark.parametrize("role", ["editor", "operator", "viewer"])
def test_other_roles_see_the_site_but_cannot_change_it(client: Client, request, site, role):
    client.force_login(request.getfixturevalue(role))

    page = client.get(f"/admin/accounts/site/{site.pk}/change/")
    saved = save(client, site, greeting="Mine now")

    assert "data-site=&quot;lumen&quot;" in page.content.decode()
    assert saved.status_code == 403
    site.refresh_from_db()
    assert site.greeting == ""


def test_the_list_shows_the_persons_own_sites(client: Client, owner, site, other_site, administrator):
    client.force_login(owner)
    own = client.get("/admin/accounts/site/").content.decode()
    client.force_login(administrator)
    everything = client.get("/admin/accounts/site/").content.decode()

    assert "Lumen Lamps" in own
    assert "Other Oak" not in own
    assert "Other Oak" in everything


def test_only_a_superuser_adds_a_site(client: Client, owner, administrator):
    client.force_login(owner)
    assert client.get("/admin/accounts/site/add/").status_code == 403

    client.force_login(administrator)
    response = client.post("/admin/accounts/site/add/", form(name="New", public_key="new"))

    assert response.status_code == 302
    assert Site.objects.get(public_key="new").allowed_origins == ["https://lumen.example"]


def test_a_superuser_deletes_a_site_with_all_that_was_said_there(client: Client, administrator, site):
    visitor, _secret = Visitor.objects.register(site)
    conversation = Conversation.objects.create(site=site, visitor=visitor)
    message = Message.objects.create(conversation=conversation, author="assistant", text="Hello.")
    ReplyTrace.objects.create(message=message, prompt_version=PromptVersion.objects.current(site))
    client.force_login(administrator)

    client.post(f"/admin/accounts/site/{site.pk}/delete/", {"post": "yes"})

    assert not Site.objects.filter(pk=site.pk).exists()
    assert not Message.objects.exists()
