"""Walks every URL and socket: each declares its policy, and strangers are shown where to sign in.

What each person then reads and changes is the matter of test_matrix.py.
"""

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.policy import Policy
from chatbot.routing import websockets


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


def address(route: str) -> str:
    """Fill a route's placeholders: for strangers it is the same whether there is such a row."""
    path = re.sub(r"\^\(\?P<app_label>[a-z|]+\)/\$", "accounts/", route).replace("(?P<url>.*)$", "nowhere/")
    return re.sub(r"<(?:\w+:)?\w+>", "1", path)


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
def test_a_stranger_is_sent_to_the_sign_in_page(route, method, client: Client):
    response = getattr(client, method)(address(route))

    assert response.status_code == 302
    assert response.headers["Location"].startswith("/admin/")
    followed = client.get(response.headers["Location"], follow=True)
    assert followed.request["PATH_INFO"] == "/admin/login/"
    assert followed.headers["Cache-Control"] == "no-store, private"


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
    assert "/api/v1/conversations/<conversation>/messages" in routes_with(Policy.API_KEY)
    assert "/metrics" in routes_with(Policy.MACHINE)
