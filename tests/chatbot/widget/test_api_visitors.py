"""How a client becomes a visitor and gets tickets over HTTP."""

import json
from typing import Any

import pytest
from django.test import Client

from accounts.models import Site
from chatbot.conversations.models import Visitor
from chatbot.widget.models import Ticket

pytestmark = pytest.mark.django_db


def _post(path: str, body: Any, secret: str = "") -> Any:
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    return Client(headers=headers).post(path, json.dumps(body), content_type="application/json")


def test_a_visitor_gets_a_secret_that_opens_one_socket(site: Site) -> None:
    made = _post("/api/v1/visitors", {"site": site.public_key}).json()
    answer = _post("/api/v1/tickets", {"site": site.public_key}, made["secret"])
    visitor = Ticket.objects.redeem(answer.json()["ticket"])

    assert answer.status_code == 200
    assert visitor.public_id == made["visitor"]
    with pytest.raises(Ticket.DoesNotExist):
        Ticket.objects.redeem(answer.json()["ticket"])


def test_neither_secret_nor_ticket_is_stored(site: Site) -> None:
    visitor, secret = Visitor.objects.register(site)
    ticket = Ticket.objects.issue(visitor)

    assert secret not in json.dumps(list(Visitor.objects.values()), default=str)
    assert ticket not in json.dumps(list(Ticket.objects.values()), default=str)


def test_the_secret_of_another_site_is_refused(site: Site, other_site: Site) -> None:
    _visitor, secret = Visitor.objects.register(other_site)

    assert _post("/api/v1/tickets", {"site": site.public_key}, secret).status_code == 401


@pytest.mark.parametrize("secret", ["", "guess"])
def test_the_stranger_gets_no_ticket(site: Site, secret: str) -> None:
    assert _post("/api/v1/tickets", {"site": site.public_key}, secret).status_code == 401


def test_an_unknown_site_is_not_found() -> None:
    answer = _post("/api/v1/visitors", {"site": "nobody"})

    assert answer.status_code == 404 and answer.json()["detail"]


@pytest.mark.parametrize("body", [{}, {"site": 3}, {"site": "\x00"}, {"site": "a" * 10_000}, [], "x"])
def test_a_wrong_body_is_explained(body: Any) -> None:
    assert _post("/api/v1/visitors", body).status_code == 422


def test_the_api_describes_itself() -> None:
    paths = Client().get("/api/v1/openapi.json").json()["paths"]

    assert set(paths) >= {"/api/v1/visitors", "/api/v1/tickets"}
