"""How much one client, one visitor and one network may do, and what they are told beyond it."""

import json
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.conf import LazySettings
from django.test import Client
from redis.exceptions import RedisError

from accounts.models import Site
from accounts.networks import network_of
from chatbot import networks
from chatbot.conversations.models import Visitor
from chatbot.conversations.runner import ReplyRunners
from chatbot.conversations.sockets.allowance import Allowance
from chatbot.widget.models import Ticket
from tests.visitor import VisitorClient

pytestmark = pytest.mark.django_db(transaction=True)

FAR_AWAY = "203.0.113.7"


def test_an_allowance_comes_back_with_time() -> None:
    now = 0.0
    allowance = Allowance(60, clock=lambda: now)
    assert [allowance.take() for _ in range(60)] == [0.0] * 60
    assert allowance.take() == pytest.approx(1.0)
    now = 2.5
    assert [allowance.take() for _ in range(2)] == [0.0] * 2
    assert allowance.take() == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("127.0.0.1", None),
        ("::1", None),
        (None, None),
        ("nonsense", "unknown"),
    ],
)
def test_an_address_counts_for_its_network(address: str | None, network: str | None) -> None:
    assert network_of(address) == network


def test_loopback_is_nobody_special_behind_a_proxy(settings: LazySettings) -> None:
    settings.TRUST_PROXY_HEADERS = True

    assert network_of("127.0.0.1") == "127.0.0.1"


async def test_the_message_beyond_the_minutes_allowance_is_busy_and_nothing_else_is(
    runners: ReplyRunners, visitor: VisitorClient, settings: LazySettings
) -> None:
    settings.SOCKET_MESSAGES_A_MINUTE = 3
    await visitor.open()
    for number in range(3):
        await visitor.say(f"Message {number}")
    fourth = await visitor.say("Message 4")
    busy = await visitor.next("busy")
    await visitor.send(type="ping")

    assert busy["client_id"] == fourth and 1 <= busy["retry_after"] <= 20
    await visitor.next("pong")


async def test_a_client_that_does_not_wait_is_closed_for_abuse(
    runners: ReplyRunners, visitor: VisitorClient, settings: LazySettings
) -> None:
    settings.SOCKET_MESSAGES_A_MINUTE = 3
    await visitor.open()
    for number in range(10):
        await visitor.say(f"Message {number}")

    assert await visitor.close_code() == 1008


async def test_a_flood_of_any_frames_is_closed_for_abuse(
    visitor: VisitorClient, settings: LazySettings
) -> None:
    settings.SOCKET_MESSAGES_A_MINUTE = 2
    await visitor.open()
    for _ in range(30):
        await visitor.send(type="typing")

    assert await visitor.close_code() == 1008


async def test_a_visitors_socket_beyond_the_limit_is_turned_away(
    visitor: VisitorClient, settings: LazySettings
) -> None:
    settings.SOCKETS_PER_VISITOR = 1
    await visitor.open()
    second = VisitorClient(visitor.visitor)
    await second.socket.connect()
    ticket = await database_sync_to_async(Ticket.objects.issue)(visitor.visitor)
    await second.send(type="hello", ticket=ticket)
    busy = await second.next("busy")

    assert busy["retry_after"] > 0
    assert await second.close_code() == 1013
    await second.close()
    await visitor.close()
    third = VisitorClient(visitor.visitor)
    await third.open()
    await third.close()


async def test_a_networks_socket_beyond_the_limit_is_turned_away(
    visitor: VisitorClient, settings: LazySettings
) -> None:
    settings.SOCKETS_PER_NETWORK = 1
    neighbours = [VisitorClient(visitor.visitor) for _ in range(2)]
    for neighbour in neighbours:
        neighbour.socket.scope["client"] = [FAR_AWAY, 4711]
        await neighbour.socket.connect()
    await neighbours[1].next("busy")

    assert await neighbours[1].close_code() == 1013
    await visitor.open()
    for neighbour in neighbours:
        await neighbour.close()


@pytest.mark.parametrize(
    ("path", "limit"), [("visitors", "NEW_VISITORS_A_MINUTE"), ("tickets", "TICKETS_A_MINUTE")]
)
def test_a_network_that_asks_too_often_is_told_when_to_come_back(
    path: str, limit: str, site: Site, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    setattr(settings, limit, 2)
    # All within one minute of the clock.
    monkeypatch.setattr(networks.time, "time", lambda: 1_000_000_015.0)

    def post(address: str) -> Any:
        body = json.dumps({"site": site.public_key})
        client = Client(headers={"Authorization": f"Bearer {secret}"}, REMOTE_ADDR=address)
        return client.post(f"/api/v1/{path}", body, content_type="application/json")

    _visitor, secret = Visitor.objects.register(site)
    answers = [post(FAR_AWAY) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 1 <= int(answers[2]["Retry-After"]) <= 61
    assert answers[2].json()["detail"]
    assert post("203.0.113.8").status_code == 200
    assert post("127.0.0.1").status_code == 200


def test_a_cache_that_is_away_turns_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: Any, **options: Any) -> None:
        raise RedisError("away")

    monkeypatch.setattr(networks.cache, "add", fail)

    networks.count_request("tickets", FAR_AWAY, 1)
