"""Walks every URL and socket: each declares its policy, and neither strangers nor other staff get past it."""

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.audit import record
from accounts.models import Invitation, Site, User
from accounts.policy import Policy
from chatbot.conversations.models import Conversation, Message, Visitor
from chatbot.prompts.models import PromptVersion
from chatbot.routing import websockets
from inference.models import LanguageModel, LanguageModelVersion

SECRETS = ("Lumen Lamps", "Where is my blue lamp", "Speak of lamps only", "lumen-staff")


def patterns(entries=None, prefix="/") -> Iterator[tuple[str, URLPattern]]:
    for entry in get_resolver().url_patterns if entries is None else entries:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry.url_patterns, route)
        else:
            yield route, entry


ALL = list(patterns())
ROUTES = [route for route, _ in ALL]


def routes_with(*policies: Policy) -> list[str]:
    return [route for route, entry in ALL if getattr(entry.callback, "policy", None) in policies]


@pytest.fixture
def rows(site: Site, owner: User) -> dict[str, int]:
    """One row of the site behind every admin page, full of words that others must not read."""
    User.objects.filter(pk=owner.pk).update(username="lumen-staff")
    prompt = PromptVersion.objects.write(site, "Speak of lamps only.", owner)
    visitor, _secret = Visitor.objects.register(site)
    conversation = Conversation.objects.create(site=site, visitor=visitor)
    Message.objects.create(conversation=conversation, author="visitor", text="Where is my blue lamp?")
    act = record("conversation.read", by=owner, site=site, about=conversation)
    model = LanguageModel.objects.create(name="tiny", parameters=1, context_length=1)
    version = LanguageModelVersion.objects.register(
        model, path="tiny", sha256="0" * 64, size=1, dtype="float32", source="test"
    )
    invitation, _secret = Invitation.objects.invite(site, "new@lumen-staff.example", "viewer", owner)
    return {
        "accounts/site": site.pk,
        "accounts/user": owner.pk,
        "accounts/invitation": invitation.pk,
        "accounts/auditentry": act.number,
        "prompts/promptversion": prompt.pk,
        "conversations/conversation": conversation.pk,
        "inference/languagemodelversion": version.pk,
    }


def address(route: str, rows: dict[str, int]) -> str:
    """Fill a route's placeholders with the site's rows."""
    model = "/".join(route.split("/")[2:4])
    path = route.replace(r"^(?P<app_label>accounts|inference|prompts|conversations)/$", "accounts/")
    path = path.replace("(?P<url>.*)$", "nowhere/").replace("<path:content_type_id>", "1")
    path = re.sub(
        r"<(path:object_id|id|int:version_id|int:invitation_id|int:pk)>", str(rows.get(model, 1)), path
    )
    assert not re.search(r"[<>^$?]", path), f"{route}: this test does not know what to put in"
    return path


@pytest.mark.parametrize(("route", "entry"), ALL, ids=ROUTES)
def test_every_url_declares_its_policy(route, entry):
    assert isinstance(getattr(entry.callback, "policy", None), Policy), f"{route} has no @policy"


def test_every_socket_declares_its_policy():
    (router,) = (cell.cell_contents for cell in websockets.__closure__)
    for route in router.routes:
        socket = getattr(route.callback, "consumer_class", route.callback)
        assert isinstance(socket.policy, Policy), route.pattern


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("route", routes_with(Policy.STAFF, Policy.PERSON))
def test_a_stranger_is_sent_to_the_sign_in_page(route, method, client: Client, rows):
    response = getattr(client, method)(address(route, rows))

    assert response.status_code == 302
    assert response.headers["Location"].startswith("/admin/")
    followed = client.get(response.headers["Location"], follow=True)
    assert followed.request["PATH_INFO"] == "/admin/login/"
    assert followed.headers["Cache-Control"] == "no-store, private"


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("route", routes_with(Policy.STAFF, Policy.PERSON))
def test_staff_of_another_site_learn_and_change_nothing(route, method, client: Client, rows, stranger):
    client.force_login(stranger)

    response = getattr(client, method)(address(route, rows), follow=True)

    shown = response.getvalue().decode() if response.status_code == 200 else ""
    assert [secret for secret in SECRETS if secret in shown] == []
    assert PromptVersion.objects.get().text == "Speak of lamps only."
    assert User.objects.get(pk=rows["accounts/user"]).check_password("correct horse battery")
    assert Conversation.objects.count() == 1
    assert Invitation.objects.get().is_open
    assert not LanguageModelVersion.objects.get().is_active


@pytest.mark.django_db
@pytest.mark.parametrize("route", routes_with(Policy.VISITOR))
def test_a_visitors_url_needs_the_visitors_secret(route, client: Client, site):
    body = {"site": site.public_key}

    bare = client.post(route, body, content_type="application/json")
    guessed = client.post(
        route, body, content_type="application/json", headers={"Authorization": "Bearer guessed"}
    )

    assert (bare.status_code, guessed.status_code) == (401, 401)


@pytest.mark.django_db
@pytest.mark.parametrize("route", routes_with(Policy.MACHINE))
def test_a_machines_url_is_closed_to_other_machines(route, client: Client):
    assert client.get(route, REMOTE_ADDR="203.0.113.7").status_code == 403
    assert client.get(route, REMOTE_ADDR="127.0.0.1").status_code == 200


@pytest.mark.django_db
def test_the_walk_reaches_what_it_is_about():
    assert "/admin/conversations/conversation/<path:object_id>/change/" in routes_with(Policy.STAFF)
    assert "/api/v1/tickets" in routes_with(Policy.VISITOR)
    assert "/metrics" in routes_with(Policy.MACHINE)
