"""A visitor who comes back by the rules of docs/protocol.md whenever the connection is lost."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.eventually import eventually

Frame = dict[str, Any]

# Shorter than a real client's, so that tests do not wait for half a minute to see that a server is gone.
PING_SECONDS = 2.0
SILENCE_SECONDS = 12.0

_FINISHED = ("message.completed", "message.stopped", "message.failed")


@dataclass
class ReturningVisitor:
    """Keeps one conversation through any number of sockets, and what it saw of it.

    `url` is asked for before each connection. Unconfirmed messages are sent again after each welcome.
    """

    url: Callable[[], str]
    site: str = "demo"
    secret: str = ""
    conversation: str | None = None
    seq: int = 0
    connected: bool = False
    texts: dict[str, str] = field(default_factory=dict)
    events: list[Frame] = field(default_factory=list)
    accepted: dict[str, str] = field(default_factory=dict)
    unconfirmed: dict[str, str] = field(default_factory=dict)
    frames: list[Frame] = field(default_factory=list)
    refusals: list[httpx.Response] = field(default_factory=list)
    close_codes: list[int | None] = field(default_factory=list)
    misfits: int = 0
    _socket: Any = None
    _attempts: int = 0

    async def run(self) -> None:
        """Be connected, and come back for as long as this task lives."""
        while True:
            try:
                await self._visit()
            except (httpx.HTTPError, OSError, ConnectionClosed, InvalidHandshake, TimeoutError):
                pass
            finally:
                self.connected, self._socket = False, None
            self._attempts += 1
            await asyncio.sleep(random.uniform(0, min(2.0, 0.25 * 2**self._attempts)))

    async def say(self, text: str) -> str:
        """Send a message now and until it is confirmed; return its client_id."""
        client_id = str(uuid4())
        self.unconfirmed[client_id] = text
        await self._send_message(client_id)
        return client_id

    def leave(self) -> None:
        """Drop the connection in the middle of everything, as a closed lid does, and come back."""
        self.connected = False
        if self._socket is not None:
            self._socket.transport.abort()

    def finished(self) -> dict[str, Frame]:
        """The finished replies by the id of the message that each answers."""
        return {
            event["data"]["answers"]: event["data"] for event in self.events if event["kind"] in _FINISHED
        }

    def answered(self) -> bool:
        """Whether every message that was said is confirmed and answered."""
        return not self.unconfirmed and self.finished().keys() >= set(self.accepted.values())

    def errors(self) -> list[Frame]:
        """The error and busy frames so far."""
        return [frame for frame in self.frames if frame["type"] in ("error", "busy")]

    async def _visit(self) -> None:
        url = self.url()
        async with httpx.AsyncClient(trust_env=False, timeout=15) as client:
            if not self.secret:
                answer = self._checked(await client.post(f"{url}/api/v1/visitors", json={"site": self.site}))
                self.secret = answer["secret"]
            answer = self._checked(
                await client.post(
                    f"{url}/api/v1/tickets",
                    json={"site": self.site},
                    headers={"Authorization": f"Bearer {self.secret}"},
                )
            )
        address = url.replace("http", "ws", 1) + "/ws/visitor/"
        try:
            async with connect(address, compression=None, proxy=None, close_timeout=1) as socket:
                self._socket = socket
                await self._send(
                    type="hello", ticket=answer["ticket"], conversation=self.conversation, after=self.seq
                )
                while True:
                    async with asyncio.timeout(SILENCE_SECONDS):
                        frame = json.loads(await self._received(socket))
                    await self._note(frame)
        except ConnectionClosed as closed:
            self.close_codes.append(closed.rcvd.code if closed.rcvd else None)
            raise

    async def _received(self, socket: Any) -> Any:
        """The next frame; a silent server is asked for a sign of life."""
        try:
            async with asyncio.timeout(PING_SECONDS):
                return await socket.recv()
        except TimeoutError:
            await self._send(type="ping")
            return await socket.recv()

    def _checked(self, answer: httpx.Response) -> Any:
        if answer.status_code >= 400:
            self.refusals.append(answer)
        answer.raise_for_status()
        return answer.json()

    async def _note(self, frame: Frame) -> None:
        self.frames.append(frame)
        kind = frame["type"]
        if kind == "welcome":
            await self._welcomed(frame)
        elif kind == "event":
            self._note_event(frame)
        elif kind == "delta":
            await self._note_delta(frame)
        elif kind == "accepted":
            self.accepted[frame["client_id"]] = frame["message"]
            self.unconfirmed.pop(frame["client_id"], None)
        elif kind in ("busy", "error") and frame.get("client_id") in self.unconfirmed:
            asyncio.get_running_loop().create_task(self._send_later(frame["client_id"]))

    async def _welcomed(self, frame: Frame) -> None:
        self.conversation = frame["conversation"]
        if frame.get("reset"):
            self.seq, self.events = 0, []
        for event in frame["events"]:
            self._note_event(event)
            if event["kind"] in _FINISHED:
                # It ended while this visitor was away: no delta brings the rest, but the event has it all.
                self.texts[event["data"]["id"]] = event["data"]["text"]
        for reply in frame["streaming"]:
            self.texts[reply["message"]] = reply["text"]
        self.connected, self._attempts = True, 0
        for client_id in list(self.unconfirmed):
            await self._send_message(client_id)

    def _note_event(self, event: Frame) -> None:
        if event["seq"] <= self.seq:
            return
        assert event["seq"] == self.seq + 1, f"event {event['seq']} after {self.seq}"
        self.seq = event["seq"]
        self.events.append(event)
        if event["kind"] == "message.created":
            self.texts.setdefault(event["data"]["id"], event["data"]["text"])

    async def _note_delta(self, frame: Frame) -> None:
        text = self.texts.get(frame["message"], "")
        if len(text) == frame["offset"]:
            self.texts[frame["message"]] = text + frame["text"]
        elif len(text) < frame["offset"]:
            self.misfits += 1
            await self._send(type="resync", after=self.seq)

    async def _send_later(self, client_id: str) -> None:
        await asyncio.sleep(0.5)
        await self._send_message(client_id)

    async def _send_message(self, client_id: str) -> None:
        if self.connected and client_id in self.unconfirmed:
            await self._send(type="send", client_id=client_id, text=self.unconfirmed[client_id])

    async def _send(self, **frame: Any) -> None:
        if self._socket is not None:
            try:
                await self._socket.send(json.dumps(frame))
            except ConnectionClosed:
                return


@asynccontextmanager
async def returning_visitors(count: int, *urls: Callable[[], str]) -> AsyncIterator[list[ReturningVisitor]]:
    """Connected visitors, in turns at each of `urls`, for the block."""
    visitors = [ReturningVisitor(urls[number % len(urls)]) for number in range(count)]
    tasks = [asyncio.create_task(visitor.run()) for visitor in visitors]
    try:
        await eventually(lambda: all(visitor.connected for visitor in visitors), within=60)
        yield visitors
        for task in tasks:
            if task.done():
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def stored_texts(visitor: ReturningVisitor) -> dict[str, str]:
    """The conversation's texts by message id, as a client that knows nothing reads them."""
    fresh = ReturningVisitor(visitor.url, visitor.site, visitor.secret, visitor.conversation)
    task = asyncio.create_task(fresh.run())
    try:
        await eventually(lambda: fresh.connected and fresh.seq >= visitor.seq, within=30)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    return {event["data"]["id"]: event["data"]["text"] for event in fresh.events if "text" in event["data"]}


async def assert_nothing_lost(visitors: Iterable[ReturningVisitor]) -> None:
    """Every confirmed message is stored once and answered once, and what was streamed is what is stored."""
    for visitor in visitors:
        stored = await stored_texts(visitor)
        created = [event["data"] for event in visitor.events if event["kind"] == "message.created"]
        questions = [data["id"] for data in created if data["author"] == "visitor"]
        replies = [data["answers"] for data in created if data["author"] == "assistant"]
        assert sorted(questions) == sorted(visitor.accepted.values()) == sorted(replies)
        for reply in visitor.finished().values():
            assert reply["status"] == "completed", reply
            seen = visitor.texts[reply["id"]]
            assert seen == reply["text"] == stored[reply["id"]], f"{seen!r} of {reply['text']!r}"
