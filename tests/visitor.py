"""A visitor as the protocol sees one, speaking to the real consumer in memory."""

import asyncio
import json
from typing import Any, Self
from uuid import uuid4

from asgiref.testing import ApplicationCommunicator
from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator

from accounts.models import Site
from chatbot.conversations.models import Visitor
from chatbot.routing import websockets
from chatbot.widget.models import Ticket

Frame = dict[str, Any]


class Socket(WebsocketCommunicator):
    """A socket beside which the database is used as in the web process.

    While Channels' own waits, no thread of the process closes its connection, so that PostgreSQL's pool
    loses one with each thread that ends.
    """

    send_input = ApplicationCommunicator.send_input
    receive_output = ApplicationCommunicator.receive_output


class VisitorClient:
    """One socket; keeps texts by message id exactly as docs/protocol.md tells clients to."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.socket = Socket(websockets, "/ws/visitor/")
        self.conversation: str | None = None
        self.seq = 0
        self.texts: dict[str, str] = {}
        self.frames: list[Frame] = []

    @classmethod
    async def of(cls, site: Site) -> Self:
        visitor, _secret = await database_sync_to_async(Visitor.objects.register)(site)
        return cls(visitor)

    async def open(self, conversation: str | None = None, after: int = 0, **extra: Any) -> Frame:
        """Connect, say hello, and return the welcome."""
        connected, _ = await self.socket.connect()
        assert connected
        ticket = await database_sync_to_async(Ticket.objects.issue)(self.visitor)
        await self.send(type="hello", ticket=ticket, conversation=conversation, after=after, **extra)
        welcome = await self.next("welcome")
        self.conversation = welcome["conversation"]
        return welcome

    async def send(self, **frame: Any) -> None:
        await self.socket.send_to(text_data=json.dumps(frame))

    async def say(self, text: str, client_id: str | None = None) -> str:
        client_id = client_id or str(uuid4())
        await self.send(type="send", client_id=client_id, text=text)
        return client_id

    async def next(self, type: str, within: float = 10.0, **like: Any) -> Frame:
        """Return the next frame of this type whose fields are as in `like`; the others are kept and noted."""
        async with asyncio.timeout(within):
            while True:
                frame = json.loads(await self.socket.receive_from(timeout=within))
                self._note(frame)
                if frame["type"] == type and all(frame.get(key) == value for key, value in like.items()):
                    return frame

    async def finished(self, kind: str = "message.completed", within: float = 10.0) -> Frame:
        """Return the data of the next finished reply."""
        return (await self.next("event", within, kind=kind))["data"]

    async def close(self) -> None:
        await self.socket.disconnect()

    async def close_code(self, within: float = 10.0) -> int:
        """Wait for the server to close the socket and return its code."""
        while True:
            message = await self.socket.receive_output(timeout=within)
            if message["type"] == "websocket.close":
                return int(message["code"])
            self._note(json.loads(message["text"]))

    def _note(self, frame: Frame) -> None:
        self.frames.append(frame)
        if frame["type"] == "welcome":
            for event in frame["events"]:
                self._note_event(event)
            for reply in frame["streaming"]:
                self.texts[reply["message"]] = reply["text"]
        elif frame["type"] == "event":
            self._note_event(frame)
        elif frame["type"] == "delta":
            assert len(self.texts[frame["message"]]) == frame["offset"], "a gap in the deltas"
            self.texts[frame["message"]] += frame["text"]

    def _note_event(self, event: Frame) -> None:
        assert event["seq"] == self.seq + 1, "a gap in the events"
        self.seq = event["seq"]
        if event["kind"] == "message.created":
            self.texts.setdefault(event["data"]["id"], event["data"]["text"])
