"""A visitor over the real network: HTTP, WebSocket and the rules of docs/protocol.md."""

import json
import time
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import uuid4

import httpx
from websockets.asyncio.client import ClientConnection, connect


@dataclass
class Exchange:
    """One question and its answer as this client saw them; times in seconds since the question."""

    reply: str = ""
    streamed: str = ""
    stored: str = ""
    outcome: str = "lost"
    first_token: float | None = None
    total: float | None = None
    frames: int = 0
    retry_after: int | None = None

    @property
    def complete(self) -> bool:
        """The answer came to its end, and what was streamed is what is stored."""
        return self.outcome == "message.completed" and self.streamed == self.stored


@dataclass
class Visitor:
    """One visitor of one site with one socket."""

    url: str
    site: str
    secret: str
    conversation: str | None = None
    seq: int = 0
    socket: ClientConnection | None = field(default=None, repr=False)

    @classmethod
    async def register(cls, url: str, site: str) -> Self:
        """Become a visitor of `site`; raises httpx.HTTPStatusError when there is no such site."""
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.post(f"{url}/api/v1/visitors", json={"site": site})
            answer.raise_for_status()
            return cls(url, site, answer.json()["secret"])

    async def open(self) -> list[dict[str, Any]]:
        """Connect with a new ticket in this visitor's conversation; return the events that are new to it."""
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.post(
                f"{self.url}/api/v1/tickets",
                json={"site": self.site},
                headers={"Authorization": f"Bearer {self.secret}"},
            )
            answer.raise_for_status()
        address = self.url.replace("http", "ws", 1) + "/ws/visitor/"
        self.socket = await connect(address, compression=None, proxy=None, max_size=None)
        ticket = answer.json()["ticket"]
        await self._send(type="hello", ticket=ticket, conversation=self.conversation, after=self.seq)
        welcome = await self.receive()
        if welcome["type"] != "welcome":
            raise ConnectionError(f"no welcome but {welcome}")
        self.conversation = welcome["conversation"]
        events: list[dict[str, Any]] = list(welcome["events"])
        while self.seq + len(events) < welcome["seq"]:
            frame = await self.receive()
            if frame["type"] == "event":
                events.append(frame)
        self.seq = welcome["seq"]
        return events

    async def close(self) -> None:
        """Close the socket."""
        if self.socket is not None:
            await self.socket.close()

    async def renew(self) -> None:
        """Begin a new conversation on a new socket."""
        await self.close()
        self.conversation, self.seq = None, 0
        await self.open()

    async def ask(self, question: str, exchange: Exchange | None = None) -> Exchange:
        """Send `question` and read until its answer has come to an end; fills `exchange` on the way."""
        asked = time.perf_counter()
        await self._send(type="send", client_id=str(uuid4()), text=question)
        return await self._read_reply(exchange or Exchange(), asked)

    async def regenerate(self, reply: str) -> Exchange:
        """Ask for another answer in the place of `reply` and read it to its end."""
        asked = time.perf_counter()
        await self._send(type="regenerate", message=reply)
        return await self._read_reply(Exchange(), asked)

    async def stored_texts(self) -> dict[str, str]:
        """Return the conversation's texts by message id as a client that knows nothing reads them."""
        await self.close()
        self.seq = 0
        return {
            event["data"]["id"]: event["data"]["text"]
            for event in await self.open()
            if event["kind"].startswith("message.") and "text" in event["data"]
        }

    async def receive(self) -> dict[str, Any]:
        """Return the next frame; raises websockets.exceptions.ConnectionClosed."""
        assert self.socket is not None
        frame: dict[str, Any] = json.loads(await self.socket.recv())
        return frame

    async def _read_reply(self, exchange: Exchange, asked: float) -> Exchange:
        while exchange.total is None:
            frame = await self.receive()
            exchange.frames += 1
            if frame["type"] == "delta" and frame["message"] == exchange.reply:
                if exchange.first_token is None:
                    exchange.first_token = time.perf_counter() - asked
                if frame["offset"] != len(exchange.streamed):
                    raise ConnectionError("a delta does not fit")
                exchange.streamed += frame["text"]
            elif frame["type"] in ("busy", "error"):
                exchange.outcome = frame.get("code", "busy")
                exchange.retry_after = frame.get("retry_after")
                exchange.total = time.perf_counter() - asked
            elif frame["type"] == "event":
                self.seq = frame["seq"]
                self._note(exchange, frame["kind"], frame["data"], time.perf_counter() - asked)
        return exchange

    @staticmethod
    def _note(exchange: Exchange, kind: str, data: dict[str, Any], seconds: float) -> None:
        if kind == "message.created" and data["author"] == "assistant":
            exchange.reply = data["id"]
        elif data.get("id") == exchange.reply and kind != "message.created":
            exchange.outcome, exchange.total = kind, seconds

    async def _send(self, **frame: Any) -> None:
        assert self.socket is not None
        await self.socket.send(json.dumps(frame))
