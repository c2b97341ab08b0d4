"""An operator's page as the socket sees it, speaking to the real consumer in memory."""

import asyncio
import json
from typing import Any, Self

from channels.db import database_sync_to_async
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.models import User
from chatbot.routing import websockets
from tests.visitor import Socket

Frame = dict[str, Any]

HOST = b"127.0.0.1:8000"
ORIGIN = b"http://127.0.0.1:8000"


class OperatorClient:
    """One socket, with the cookies of a browser that somebody signed in with."""

    PATH = "/ws/operator/"

    def __init__(self, session: str | None, origin: bytes | None = ORIGIN) -> None:
        self.session = session
        headers = [(b"host", HOST)]
        if origin is not None:
            headers.append((b"origin", origin))
        if session is not None:
            headers.append((b"cookie", f"sessionid={session}".encode()))
        self.socket = Socket(websockets, self.PATH, headers=headers)
        self.frames: list[Frame] = []

    @classmethod
    async def of(cls, user: User) -> Self:
        def sign_in() -> str:
            client = Client()
            client.force_login(user)
            return client.cookies["sessionid"].value

        return cls(await database_sync_to_async(sign_in)())

    async def open(self) -> Self:
        """Connect and wait until the server is ready."""
        connected, _ = await self.socket.connect()
        assert connected
        await self.next("ready")
        return self

    async def watch(self, conversation: str, after: int = 0) -> Frame:
        await self.send(type="watch", conversation=conversation, after=after)
        return await self.next("welcome")

    async def send(self, **frame: Any) -> None:
        await self.socket.send_to(text_data=json.dumps(frame))

    async def next(self, type: str, within: float = 10.0, **like: Any) -> Frame:
        """Return the next frame of this type whose fields are as in `like`; the others are noted."""
        async with asyncio.timeout(within):
            while True:
                frame = json.loads(await self.socket.receive_from(timeout=within))
                self.frames.append(frame)
                if frame["type"] == type and all(frame.get(key) == value for key, value in like.items()):
                    return frame

    async def next_of(self, *types: str, within: float = 10.0) -> Frame:
        """Return the next frame of any of these types; the others are noted."""
        async with asyncio.timeout(within):
            while True:
                frame: Frame = json.loads(await self.socket.receive_from(timeout=within))
                self.frames.append(frame)
                if frame["type"] in types:
                    return frame

    async def close_code(self, within: float = 10.0) -> int:
        """Wait for the server to close the socket and return its code."""
        while True:
            message = await self.socket.receive_output(timeout=within)
            if message["type"] == "websocket.close":
                return int(message["code"])
            if message["type"] == "websocket.send":
                self.frames.append(json.loads(message["text"]))

    async def sign_out(self) -> None:
        await Session.objects.filter(session_key=self.session).adelete()

    async def close(self) -> None:
        await self.socket.disconnect()
