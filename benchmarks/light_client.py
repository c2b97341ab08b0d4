"""A visitor's client that costs little, for loads that would keep a complete one too busy to measure.

It knows as much of HTTP and RFC 6455 as the server's own answers need, and hands every text frame to a
callback.
"""

import asyncio
import json
import struct
from collections.abc import Callable
from typing import Any, Self

OnFrame = Callable[["LightSocket", bytes], None]

_TEXT, _CLOSE, _PING = 1, 8, 9


class LightSocket(asyncio.Protocol):
    """One WebSocket; pings are answered like by every client, and no `ack` is sent."""

    def __init__(self, on_frame: OnFrame) -> None:
        self.on_frame = on_frame
        self.frames = 0
        self.close_code: int | None = None
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._unread = bytearray()
        self._transport: Any = None

    @classmethod
    async def connect(cls, port: int, on_frame: OnFrame, path: str = "/ws/visitor/") -> Self:
        """Open a socket on a port of this machine; raises ConnectionError when the server refuses."""
        loop = asyncio.get_running_loop()
        _transport, client = await loop.create_connection(lambda: cls(on_frame), "127.0.0.1", port)
        client._transport.write(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        await client.opened
        return client

    def send(self, **frame: Any) -> None:
        """Send a frame of the protocol."""
        self._send(_TEXT, json.dumps(frame).encode())

    def stop_reading(self) -> None:
        """Read nothing more, like a client that hangs."""
        self._transport.pause_reading()

    def go_on_reading(self) -> None:
        """Read again."""
        self._transport.resume_reading()

    def abort(self) -> None:
        """End the connection without a word."""
        self._transport.abort()

    def close(self) -> None:
        """Close the socket in the orderly way."""
        self._send(_CLOSE, struct.pack(">H", 1000))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(ConnectionError("the server refused the socket"))
        if not self.closed.done():
            self.closed.set_result(None)

    def data_received(self, data: bytes) -> None:
        unread = self._unread
        unread += data
        if not self.opened.done() and not self._read_handshake():
            return
        while len(unread) >= 2:
            length, begin = unread[1], 2
            if length == 126:
                if len(unread) < 4:
                    return
                length, begin = int.from_bytes(unread[2:4], "big"), 4
            elif length == 127:
                if len(unread) < 10:
                    return
                length, begin = int.from_bytes(unread[2:10], "big"), 10
            if len(unread) < begin + length:
                return
            opcode, payload = unread[0] & 15, bytes(unread[begin : begin + length])
            del unread[: begin + length]
            self._received(opcode, payload)

    def _read_handshake(self) -> bool:
        end = self._unread.find(b"\r\n\r\n")
        if end < 0:
            return False
        accepted = self._unread.startswith(b"HTTP/1.1 101")
        del self._unread[: end + 4]
        if accepted:
            self.opened.set_result(None)
        else:
            self._transport.abort()
        return accepted

    def _received(self, opcode: int, payload: bytes) -> None:
        if opcode == _TEXT:
            self.frames += 1
            self.on_frame(self, payload)
        elif opcode == _PING:
            self._send(10, payload)
        elif opcode == _CLOSE:
            self.close_code = int.from_bytes(payload[:2], "big") if payload else 1005
            self._send(_CLOSE, payload)
            self._transport.close()

    def _send(self, opcode: int, payload: bytes) -> None:
        if self._transport.is_closing():
            return
        head = bytes([128 | opcode])
        if len(payload) < 126:
            head += bytes([128 | len(payload)])
        else:
            head += bytes([128 | 126]) + struct.pack(">H", len(payload))
        # A key of zeros masks nothing and is as valid as any other.
        self._transport.write(head + bytes(4) + payload)


class Door:
    """Makes visitors and tickets over one HTTP connection that stays open."""

    def __init__(self, port: int, site: str = "demo") -> None:
        self.port = port
        self.site = site
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def secret(self) -> str:
        """Return the secret of a new visitor."""
        return str((await self._post("visitors", ""))["secret"])

    async def ticket(self, secret: str) -> str:
        """Return a ticket of the visitor with this secret."""
        return str((await self._post("tickets", secret))["ticket"])

    def close(self) -> None:
        """Close the connection."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _post(self, what: str, secret: str) -> dict[str, Any]:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self._streams
        body = json.dumps({"site": self.site})
        bearer = f"Authorization: Bearer {secret}\r\n" if secret else ""
        writer.write(
            f"POST /api/v1/{what} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n{bearer}"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
        )
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        answer = json.loads(await reader.readexactly(int(head.split("content-length:")[1].split("\r\n")[0])))
        if " 200 " not in head.split("\r\n")[0]:
            raise ConnectionError(f"{what}: {head.splitlines()[0]} {answer}")
        return dict(answer)


async def open_visitor(door: Door, secret: str, on_frame: OnFrame, **hello: Any) -> LightSocket:
    """Open a socket with a new ticket and say hello; the welcome is the first frame that `on_frame` gets."""
    socket = await LightSocket.connect(door.port, on_frame)
    socket.send(type="hello", ticket=await door.ticket(secret), **hello)
    return socket
