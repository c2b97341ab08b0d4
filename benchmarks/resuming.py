"""A visitor who comes back by herself: the rules of docs/protocol.md for connections that break."""

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import uuid4

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from benchmarks.client import Visitor
from benchmarks.transcript import UNFINISHED, Transcript

FIRST_BOUND_SECONDS = 0.5
LAST_BOUND_SECONDS = 30.0
PING_SECONDS = 20.0
ANSWER_SECONDS = 10.0

Frame = dict[str, Any]


def pause_before(attempt: int) -> float:
    """Return how long to wait before try number `attempt`, from 0: full jitter from 0.5 to 30 seconds."""
    return random.uniform(0, min(LAST_BOUND_SECONDS, FIRST_BOUND_SECONDS * 2**attempt))


@dataclass
class ResumingVisitor:
    """One tab of one visitor; connected, or on its way to be, inside `async with visitor.connected()`."""

    url: str
    site: str
    secret: str
    transcript: Transcript = field(default_factory=Transcript)
    unconfirmed: dict[str, str] = field(default_factory=dict)
    refusals: list[Frame] = field(default_factory=list)
    catch_up_seconds: list[float] = field(default_factory=list)
    _changed: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    _socket: ClientConnection | None = field(default=None, repr=False)
    _repeats: set[asyncio.TimerHandle] = field(default_factory=set, repr=False)

    @classmethod
    async def register(cls, url: str, site: str) -> Self:
        """Become a visitor of `site`; raises httpx.HTTPStatusError when there is no such site."""
        return cls(url, site, (await Visitor.register(url, site)).secret)

    def another_tab(self, url: str | None = None) -> "ResumingVisitor":
        """Return the same visitor in the same conversation, knowing nothing else yet, as after a reload."""
        transcript = Transcript(self.transcript.conversation)
        return ResumingVisitor(url or self.url, self.site, self.secret, transcript)

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        """Be connected, and connect again whenever the connection is lost, until the block ends."""
        connecting = asyncio.create_task(self._stay_connected())
        try:
            yield
        finally:
            connecting.cancel()
            await asyncio.gather(connecting, return_exceptions=True)
            for repeat in self._repeats:
                repeat.cancel()

    async def send(self, text: str) -> str:
        """Send `text`, now or once connected, as often as it takes to be confirmed; return its client_id."""
        client_id = str(uuid4())
        self.unconfirmed[client_id] = text
        await self._deliver(client_id)
        return client_id

    async def tell(self, **frame: Any) -> None:
        """Send a frame that is no message; without a connection it is lost."""
        if self._socket is not None:
            with suppress(WebSocketException):
                await self._socket.send(json.dumps(frame))

    async def until(self, condition: Callable[[], object], within: float) -> None:
        """Return once `condition()` is true, looking again after each frame; raises TimeoutError."""
        async with asyncio.timeout(within):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    def answer_to(self, client_id: str) -> Frame | None:
        """Return the answer to the message sent as `client_id`, as far as it is known."""
        messages = self.transcript.messages.values()
        asked = next((message["id"] for message in messages if message["client_id"] == client_id), None)
        return next((message for message in messages if asked and message["answers"] == asked), None)

    def has_ended(self, client_id: str) -> bool:
        """Whether the answer to the message sent as `client_id` has come to an end."""
        answer = self.answer_to(client_id)
        return answer is not None and answer["status"] not in UNFINISHED

    async def _stay_connected(self) -> None:
        attempt = 0
        lost_at: float | None = None
        async with httpx.AsyncClient(trust_env=False, timeout=ANSWER_SECONDS) as client:
            while True:
                with suppress(OSError, TimeoutError, httpx.HTTPError, WebSocketException):
                    async with await self._open(client) as socket:
                        await self._welcomed(socket)
                        if lost_at is not None:
                            self.catch_up_seconds.append(time.monotonic() - lost_at)
                        attempt, lost_at = 0, None
                        await self._listen(socket)
                self._socket = None
                lost_at = lost_at or time.monotonic()
                await asyncio.sleep(pause_before(attempt))
                attempt += 1

    async def _open(self, client: httpx.AsyncClient) -> ClientConnection:
        answer = await client.post(
            f"{self.url}/api/v1/tickets",
            json={"site": self.site},
            headers={"Authorization": f"Bearer {self.secret}"},
        )
        answer.raise_for_status()
        address = self.url.replace("http", "ws", 1) + "/ws/visitor/"
        socket = await connect(
            address, compression=None, proxy=None, max_size=None, open_timeout=ANSWER_SECONDS, close_timeout=1
        )
        hello = {"conversation": self.transcript.conversation, "after": self.transcript.seq}
        await socket.send(json.dumps({"type": "hello", "ticket": answer.json()["ticket"], **hello}))
        return socket

    async def _welcomed(self, socket: ClientConnection) -> None:
        """Read until nothing of what the server had at the welcome is missing, then send what waits."""
        frame: Frame = {}
        while frame.get("type") != "welcome":
            frame = await _next(socket, ANSWER_SECONDS)
            self._take(frame)
        promised = frame["seq"]
        while self.transcript.seq < promised:
            self._take(await _next(socket, ANSWER_SECONDS))
        self._socket = socket
        for client_id in list(self.unconfirmed):
            await self._deliver(client_id)

    async def _listen(self, socket: ClientConnection) -> None:
        """Take frames until the connection is lost, or gives no sign of life for 30 seconds."""
        while True:
            try:
                frame = await _next(socket, PING_SECONDS)
            except TimeoutError:
                await socket.send(json.dumps({"type": "ping"}))
                frame = await _next(socket, ANSWER_SECONDS)
            was_stale = self.transcript.stale
            self._take(frame)
            if self.transcript.stale and not was_stale:
                await socket.send(json.dumps({"type": "resync", "after": self.transcript.seq}))

    def _take(self, frame: Frame) -> None:
        self.transcript.apply(frame)
        if frame["type"] == "accepted":
            self.unconfirmed.pop(frame["client_id"], None)
        for event in frame["events"] if frame["type"] == "welcome" else [frame]:
            if event["type"] == "event":
                self.unconfirmed.pop(event["data"].get("client_id"), None)
        if frame["type"] in ("busy", "error"):
            self._refused(frame)
        self._changed.set()

    def _refused(self, frame: Frame) -> None:
        """Repeat a message later that was not taken now; forget one that is never taken."""
        self.refusals.append(frame)
        client_id = frame.get("client_id")
        if frame["type"] == "error" and frame["code"] != "unavailable":
            self.unconfirmed.pop(client_id or "", None)
        elif client_id is not None:
            loop = asyncio.get_running_loop()
            seconds = frame.get("retry_after", 1)
            self._repeats.add(loop.call_later(seconds, self._deliver_soon, client_id))

    def _deliver_soon(self, client_id: str) -> None:
        self._delivering = asyncio.ensure_future(self._deliver(client_id))

    async def _deliver(self, client_id: str) -> None:
        text = self.unconfirmed.get(client_id)
        if text is not None:
            await self.tell(type="send", client_id=client_id, text=text)


async def _next(socket: ClientConnection, seconds: float) -> Frame:
    """Return the next frame; raises TimeoutError. (`wait_for` forgets a cancellation that meets a frame.)"""
    async with asyncio.timeout(seconds):
        frame: Frame = json.loads(await socket.recv())
    return frame
