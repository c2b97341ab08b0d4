"""Walks every URL and socket: each declares its policy, and neither strangers nor other staff get past it."""

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.api_keys import make_key
from accounts.audit import record
from accounts.models import ApiKey, Invitation, Site, User
from accounts.policy import Policy
from chatbot.conversations.models import Conversation, Message, Note, Visitor
from chatbot.operators.models import CannedReply, Delivery, Label, Webhook
from chatbot.prompts.models import PromptVersion
from chatbot.routing import websockets
from inference.models import LanguageModel, LanguageModelVersion

SECRETS = (
    *("Lumen Lamps", "Where is my blue lamp", "Speak of lamps only", "lumen-staff"),
    *("A difficult customer", "refund-secret", "Canned secret"),
)


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
def rows(site: Site, owner: User) -> dict[str, int | str]:
    """One row of the site behind every admin page, full of words that others must not read."""
    User.objects.filter(pk=owner.pk).update(username="lumen-staff")
    prompt = PromptVersion.objects.write(site, "Speak of lamps only.", owner)
    visitor, _secret = Visitor.objects.register(site)
    conversation = Conversation.objects.create(site=site, visitor=visitor)
    Message.objects.create(conversation=conversation, author="visitor", text="Where is my blue lamp?")
    Conversation.objects.update(message_total=1, newest_line="Where is my blue lamp?", turn="waiting")
    Note.objects.create(conversation=conversation, author=owner, text="A difficult customer")
    label = Label.objects.create(site=site, name="refund-secret")
    canned = CannedReply.objects.create(site=site, shortcut="hello", text="Canned secret")
    act = record("conversation.read", by=owner, site=site, about=conversation)
    model = LanguageModel.objects.create(name="tiny", parameters=1, context_length=1)
    version = LanguageModelVersion.objects.register(
        model, path="tiny", sha256="0" * 64, size=1, dtype="float32", source="test"
    )
    key = ApiKey(site=site, name="lumen-staff's program", made_by=owner)
    make_key(key, by=owner)
    webhook = Webhook.objects.create(site=site, url="https://lumen-staff.example/hook")
    delivery = Delivery.objects.create(webhook=webhook, kind="test")
    invitation, _secret = Invitation.objects.invite(site, "new@lumen-staff.example", "viewer", owner)
    return {
        "accounts/apikey": key.pk,
        "operators/webhook": webhook.pk,
        "operators/delivery": delivery.pk,
        "accounts/site": site.pk,
        "accounts/user": owner.pk,
        "accounts/invitation": invitation.pk,
        "accounts/auditentry": act.number,
        "prompts/promptversion": prompt.pk,
        "conversations/conversation": conversation.pk,
        "operators/label": label.pk,
        "operators/cannedreply": canned.pk,
        "conversation_id": conversation.public_id,
        "inference/languagemodelversion": version.pk,
    }


def address(route: str, rows: dict[str, int | str]) -> str:
    """Fill a route's placeholders with the site's rows."""
    model = "/".join(route.split("/")[2:4])
    path = re.sub(r"\^\(\?P<app_label>[a-z|]+\)/\$", "accounts/", route)
    path = path.replace("<slug:conversation_id>", str(rows["conversation_id"]))
    path = path.replace("<slug:action>", "close").replace("<str:kind>", "txt")
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
    assert Conversation.objects.get().status == Conversation.Status.OPEN
    assert Invitation.objects.get().is_open
    assert not LanguageModelVersion.objects.get().is_active
    assert ApiKey.objects.get().revoked_at is None
    assert Webhook.objects.get().secret_number == Delivery.objects.count() == 1


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
@pytest.mark.parametrize("bearer", ["none", "guessed", "of another site", "without scopes"])
@pytest.mark.parametrize("route", routes_with(Policy.API_KEY))
def test_an_operation_for_programs_needs_a_key_of_the_site_with_its_scope(
    route, bearer, client: Client, rows, site, other_site
):
    tokens = {
        "none": None,
        "guessed": "pk_0123456789ab_" + "0" * 64,
        "of another site": key_of(other_site, ApiKey.Scope.values),
        "without scopes": key_of(site, []),
    }
    headers = {"Authorization": f"Bearer {tokens[bearer]}"} if tokens[bearer] else {}
    path = address_in_api(route)

    for method in ("get", "delete", "patch", "put"):
        response = getattr(client, method)(path, headers=headers)
        assert not any(secret in response.content.decode() for secret in SECRETS)
        if bearer != "of another site":
            assert response.status_code in (401, 403, 405), (method, response.content)
    client.post(path, {"text": "Taken over."}, content_type="application/json", headers=headers)
    assert PromptVersion.objects.get(site=site).text == "Speak of lamps only."
    assert Message.objects.get().text == "Where is my blue lamp?"


def key_of(site: Site, scopes: list[str]) -> str:
    key = ApiKey(site=site, name="walk", scopes=scopes)
    token = key.new_token()
    key.save()
    return token


def address_in_api(route: str) -> str:
    """Fill an API route's placeholders with the ids of the site's rows."""
    path = route.replace("<conversation>", Conversation.objects.get().public_id)
    path = path.replace("<visitor>", Visitor.objects.get().public_id).replace("<number>", "1")
    assert "<" not in path, f"{route}: this test does not know what to put in"
    return path


@pytest.mark.django_db
@pytest.mark.parametrize("route", routes_with(Policy.MACHINE))
def test_a_machines_url_is_closed_to_other_machines(route, client: Client):
    assert client.get(route, REMOTE_ADDR="203.0.113.7").status_code == 403
    assert client.get(route, REMOTE_ADDR="127.0.0.1").status_code == 200


@pytest.mark.django_db
def test_the_walk_reaches_what_it_is_about():
    assert "/admin/conversations/conversation/<path:object_id>/change/" in routes_with(Policy.STAFF)
    assert "/api/v1/tickets" in routes_with(Policy.VISITOR)
    assert "/api/v1/conversations/<conversation>/messages" in routes_with(Policy.API_KEY)
    assert "/metrics" in routes_with(Policy.MACHINE)
