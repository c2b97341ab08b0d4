"""A WebSocket made by hand, to send what no library would."""

import json
import socket
import struct
from contextlib import suppress
from typing import Any

import httpx

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def frame(
    opcode: int,
    payload: bytes = b"",
    *,
    fin: bool = True,
    reserved: int = 0,
    masked: bool = True,
    length: int | None = None,
    bits: int | None = None,
    key: bytes = b"\x01\x02\x03\x04",
) -> bytes:
    """Return a frame; `length` lies about the payload's and `bits` (7, 16 or 64) says how it is written."""
    count = len(payload) if length is None else length
    bits = bits or (7 if count < 126 else 16 if count < 65_536 else 64)
    head = bytes([fin << 7 | reserved << 4 | opcode])
    mask = 128 if masked else 0
    if bits == 7:
        head += bytes([mask | count])
    else:
        head += bytes([mask | (126 if bits == 16 else 127)]) + count.to_bytes(bits // 8, "big")
    if not masked:
        return head + payload
    return head + key + bytes(byte ^ key[number % 4] for number, byte in enumerate(payload))


def close_frame(code: int, reason: bytes = b"") -> bytes:
    """Return a close frame with this code."""
    return frame(CLOSE, struct.pack(">H", code) + reason)


class RawSocket:
    """One TCP connection to the visitor's socket; every wait ends after a few seconds."""

    def __init__(self, port: int, path: str = "/ws/visitor/", headers: bytes | None = None) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self._unread = b""
        self._socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n".encode()
            + (headers if headers is not None else HANDSHAKE)
            + b"\r\n"
        )
        head = self._until(b"\r\n\r\n")
        self.status = int(head.split()[1])

    def hello(self, ticket: str) -> None:
        """Say hello and read the welcome."""
        self.send(frame(TEXT, json.dumps({"type": "hello", "ticket": ticket}).encode()))
        assert self.next_text()["type"] == "welcome"

    def send(self, data: bytes) -> None:
        """Send bytes as they are; a server that closed already is no error."""
        with suppress(OSError):
            self._socket.sendall(data)

    def next_text(self) -> dict[str, Any]:
        """Return the next text frame."""
        while True:
            opcode, payload = self.next_frame()
            if opcode == TEXT:
                answer: dict[str, Any] = json.loads(payload)
                return answer
            assert opcode == PING, (opcode, payload)

    def next_frame(self) -> tuple[int, bytes]:
        """Return opcode and payload of the next frame; raises ConnectionError at the end."""
        first, length = self._exactly(2)
        if length >= 126:
            length = int.from_bytes(self._exactly(2 if length == 126 else 8), "big")
        return first & 15, self._exactly(length)

    def close_code(self) -> int | None:
        """Read to the end and return the server's close code; None when it ended without one."""
        try:
            while True:
                opcode, payload = self.next_frame()
                if opcode == CLOSE:
                    return int.from_bytes(payload[:2], "big") if payload else 1005
        except ConnectionError:
            return None

    def is_alive(self) -> bool:
        """Whether the server still answers a WebSocket ping."""
        self.send(frame(PING, b"alive?"))
        try:
            while (answer := self.next_frame()) != (PONG, b"alive?"):
                if answer[0] == CLOSE:
                    return False
        except ConnectionError:
            return False
        return True

    def close(self) -> None:
        """Drop the connection."""
        self._socket.close()

    def _until(self, end: bytes) -> bytes:
        while end not in self._unread:
            self._fill()
        head, self._unread = self._unread.split(end, 1)
        return head

    def _exactly(self, count: int) -> bytes:
        while len(self._unread) < count:
            self._fill()
        data, self._unread = self._unread[:count], self._unread[count:]
        return data

    def _fill(self) -> None:
        data = self._socket.recv(65_536)
        if not data:
            raise ConnectionError("the server has ended the connection")
        self._unread += data


HANDSHAKE = (
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    b"Sec-WebSocket-Version: 13\r\n"
)


def new_secret(url: str) -> str:
    """Return the secret of a new visitor of the demo site."""
    answer = httpx.post(f"{url}/api/v1/visitors", json={"site": "demo"}, trust_env=False, timeout=30)
    return str(answer.json()["secret"])


def new_ticket(url: str, secret: str) -> str:
    """Return a ticket for one socket of that visitor."""
    bearer = {"Authorization": f"Bearer {secret}"}
    answer = httpx.post(
        f"{url}/api/v1/tickets", json={"site": "demo"}, headers=bearer, trust_env=False, timeout=30
    )
    return str(answer.json()["ticket"])
