"""Who gets a socket, and who is turned away with which code."""

import json
import time
from typing import Any

import pytest
from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator
from django.utils import timezone

from accounts.models import Site
from chatbot.conversations.models import Visitor
from chatbot.routing import websockets
from chatbot.widget import consumers
from chatbot.widget.entering import enter
from chatbot.widget.models import Ticket
from tests.visitor import VisitorClient

pytestmark = pytest.mark.django_db(transaction=True)


async def _answer_to(frame: dict[str, object]) -> tuple[dict[str, object], int]:
    """Return the error frame and the close code that a first frame earns."""
    socket = WebsocketCommunicator(websockets, "/ws/visitor/")
    await socket.connect()
    await socket.send_to(text_data=json.dumps(frame))
    error = json.loads(await socket.receive_from(timeout=5))
    closing = await socket.receive_output(timeout=5)
    await socket.disconnect()
    return error, closing["code"]


async def test_a_ticket_opens_a_new_conversation(visitor: VisitorClient) -> None:
    welcome = await visitor.open()

    assert len(welcome["conversation"]) == 32
    assert (welcome["seq"], welcome["events"], welcome["streaming"]) == (0, [], [])


async def test_an_unknown_ticket_is_refused() -> None:
    error, code = await _answer_to({"type": "hello", "ticket": "guess", "conversation": None})

    assert (error["code"], code) == ("ticket", 4401)


async def test_a_used_ticket_is_refused(visitor: VisitorClient) -> None:
    ticket = await database_sync_to_async(Ticket.objects.issue)(visitor.visitor)
    await database_sync_to_async(Ticket.objects.redeem)(ticket)

    error, code = await _answer_to({"type": "hello", "ticket": ticket})

    assert (error["code"], code) == ("ticket", 4401)


async def test_an_expired_ticket_is_refused(visitor: VisitorClient) -> None:
    ticket = await database_sync_to_async(Ticket.objects.issue)(visitor.visitor)
    await database_sync_to_async(Ticket.objects.update)(expires_at=timezone.now())

    error, code = await _answer_to({"type": "hello", "ticket": ticket})

    assert (error["code"], code) == ("ticket", 4401)


async def test_another_visitors_conversation_is_refused(visitor: VisitorClient, site: Site) -> None:
    welcome = await visitor.open()
    stranger = await VisitorClient.of(site)
    ticket = await database_sync_to_async(Ticket.objects.issue)(stranger.visitor)

    error, code = await _answer_to(
        {"type": "hello", "ticket": ticket, "conversation": welcome["conversation"]}
    )

    assert (error["code"], code) == ("not_found", 4403)


async def test_nothing_goes_before_the_hello() -> None:
    error, code = await _answer_to({"type": "send", "client_id": "a", "text": "hi"})

    assert (error["code"], code) == ("hello_first", 4401)


async def test_a_silent_client_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumers, "HELLO_SECONDS", 0.1)
    socket = WebsocketCommunicator(websockets, "/ws/visitor/")
    await socket.connect()

    closing = await socket.receive_output(timeout=5)

    assert closing["code"] == 4408
    await socket.disconnect()


async def test_a_client_is_not_closed_for_a_server_that_is_slow_with_its_hello(
    visitor: VisitorClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def enter_slowly(*arguments: Any) -> tuple[Visitor, str]:
        time.sleep(0.5)
        return enter(*arguments)

    monkeypatch.setattr(consumers, "HELLO_SECONDS", 0.1)
    monkeypatch.setattr(consumers, "enter", enter_slowly)

    assert (await visitor.open())["type"] == "welcome"


async def test_an_empty_conversation_is_used_again(visitor: VisitorClient) -> None:
    first = await visitor.open()
    again = VisitorClient(visitor.visitor)
    second = await again.open()

    assert first["conversation"] == second["conversation"]
    await again.close()


async def test_a_ping_is_answered(visitor: VisitorClient) -> None:
    await visitor.open()
    await visitor.send(type="ping")

    assert (await visitor.next("pong"))["seq"] == 0
