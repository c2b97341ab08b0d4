"""Eighty frames that break RFC 6455 or go to its limits: the right close code, or life goes on."""

import asyncio
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.raw_socket import (
    BINARY,
    CLOSE,
    HANDSHAKE,
    PING,
    PONG,
    TEXT,
    RawSocket,
    close_frame,
    frame,
    new_secret,
    new_ticket,
)
from tests.faults.servers import WebProcess

PROTOCOL_ERROR, INVALID_TEXT, TOO_BIG = 1002, 1007, 1009
TYPING = b'{"type":"typing"}'

# Bytes that are no UTF-8: a lone continuation, overlong forms, surrogates, beyond U+10FFFF, cut short.
NO_UTF8 = [
    b"\x80", b"\xbf", b"\xc0\xaf", b"\xe0\x80\xaf", b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xf4\x90\x80\x80",
    b"\xf8\x88\x80\x80\x80", b"\xfe", b"\xff", b"\xc3", b"\xe2\x82", b"ok\xc3\x28", b"\xf0\x9f\x98",
]  # fmt: skip

VIOLATIONS: dict[str, tuple[bytes, int]] = {
    "unmasked text": (frame(TEXT, TYPING, masked=False), PROTOCOL_ERROR),
    "unmasked ping": (frame(PING, b"x", masked=False), PROTOCOL_ERROR),
    "unmasked close": (frame(CLOSE, b"\x03\xe8", masked=False), PROTOCOL_ERROR),
    "unmasked empty text": (frame(TEXT, masked=False), PROTOCOL_ERROR),
    **{f"reserved bits {n}": (frame(TEXT, TYPING, reserved=n), PROTOCOL_ERROR) for n in range(1, 8)},
    "reserved bit in a ping": (frame(PING, b"x", reserved=4), PROTOCOL_ERROR),
    "reserved bit in a close": (frame(CLOSE, b"\x03\xe8", reserved=1), PROTOCOL_ERROR),
    **{f"opcode {n}": (frame(n, b"x"), PROTOCOL_ERROR) for n in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)},
    "ping of 126 bytes": (frame(PING, b"x" * 126), PROTOCOL_ERROR),
    "pong of 126 bytes": (frame(PONG, b"x" * 126), PROTOCOL_ERROR),
    "close of 126 bytes": (frame(CLOSE, b"\x03\xe8" + b"x" * 124), PROTOCOL_ERROR),
    "fragmented ping": (frame(PING, b"x", fin=False), PROTOCOL_ERROR),
    "fragmented pong": (frame(PONG, b"x", fin=False), PROTOCOL_ERROR),
    "fragmented close": (frame(CLOSE, b"\x03\xe8", fin=False), PROTOCOL_ERROR),
    "continuation of nothing": (frame(0, b"x"), PROTOCOL_ERROR),
    "unfinished continuation of nothing": (frame(0, b"x", fin=False), PROTOCOL_ERROR),
    "text within text": (frame(TEXT, b"{", fin=False) + frame(TEXT, b"}"), PROTOCOL_ERROR),
    "binary within text": (frame(TEXT, b"{", fin=False) + frame(BINARY, b"}"), PROTOCOL_ERROR),
    "short length in 16 bits": (frame(TEXT, TYPING, bits=16), PROTOCOL_ERROR),
    "short length in 64 bits": (frame(TEXT, TYPING, bits=64), PROTOCOL_ERROR),
    "length with the highest bit": (frame(TEXT, b"", length=1 << 63, bits=64), PROTOCOL_ERROR),
    "close of one byte": (frame(CLOSE, b"\x03"), PROTOCOL_ERROR),
    **{
        f"close code {code}": (close_frame(code), PROTOCOL_ERROR)
        for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535)
    },
    "close with a reason that is no UTF-8": (close_frame(1000, b"\xff\xfe"), INVALID_TEXT),
    **{f"no UTF-8: {data!r}": (frame(TEXT, data), INVALID_TEXT) for data in NO_UTF8},
    "no UTF-8 over two frames": (
        frame(TEXT, b"\xe2", fin=False) + frame(0, b"\x28\xa1"),
        INVALID_TEXT,
    ),
    "70,000 bytes": (frame(TEXT, b"x" * 70_000), TOO_BIG),
    "65,537 bytes": (frame(TEXT, b"x" * 65_537), TOO_BIG),
    "1 GiB announced": (frame(TEXT, b"x", length=1 << 30, bits=64), TOO_BIG),
    "exabytes announced": (frame(TEXT, b"x", length=(1 << 63) - 1, bits=64), TOO_BIG),
    "80,000 bytes in pieces": (
        frame(TEXT, b"x" * 40_000, fin=False) + frame(0, b"x" * 40_000),
        TOO_BIG,
    ),
    "binary of 70,000 bytes": (frame(BINARY, b"x" * 70_000), TOO_BIG),
}  # fmt: skip

# What RFC 6455 allows, however odd: the socket lives on.
ODD_BUT_RIGHT: dict[str, bytes] = {
    "a ping with 125 bytes": frame(PING, b"x" * 125),
    "a pong nobody asked for": frame(PONG, b"hello"),
    "a pong like ours for frames never sent": frame(PONG, (10**9).to_bytes(8, "big")),
    "a mask of zeros": frame(TEXT, TYPING, key=bytes(4)),
    "text in two frames": frame(TEXT, TYPING[:5], fin=False) + frame(0, TYPING[5:]),
    "a ping within a text": frame(TEXT, TYPING[:5], fin=False) + frame(PING) + frame(0, TYPING[5:]),
    "text byte by byte": b"".join(
        frame(TEXT if n == 0 else 0, TYPING[n : n + 1], fin=n == len(TYPING) - 1) for n in range(len(TYPING))
    ),
    "an empty text frame": frame(TEXT, b""),
    "a character over two frames": frame(TEXT, b'{"type":"typing","x":"\xe2', fin=False)
    + frame(0, b'\x82\xac"}'),
    "an empty binary frame": frame(BINARY, b""),
    "binary": frame(BINARY, bytes(range(256))),
}

HANDSHAKES: dict[str, tuple[str, bytes, set[int]]] = {
    "no key": (
        "/ws/visitor/",
        HANDSHAKE.replace(b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n", b""),
        {400},
    ),
    "a key too short": ("/ws/visitor/", HANDSHAKE.replace(b"A" * 22, b"AA"), {400}),
    "version 7": ("/ws/visitor/", HANDSHAKE.replace(b"13", b"7"), {400, 426}),
    "an unknown path": ("/ws/nothing/", HANDSHAKE, {403, 404}),
    "a path that is no UTF-8": ("/ws/visitor/%ff%fe", HANDSHAKE, {400, 403, 404}),
    "a protocol that is no ASCII": (
        "/ws/visitor/",
        HANDSHAKE + b"Sec-WebSocket-Protocol: \xff\xfe\r\n",
        {101, 400},
    ),
    "a header that is no UTF-8": ("/ws/visitor/", HANDSHAKE + b"X-Name: \xff\xfe\r\n", {101, 400}),
    "a header name that is no ASCII": ("/ws/visitor/", HANDSHAKE + b"X-N\xe4me: x\r\n", {101, 400}),
    "an origin that is none": ("/ws/visitor/", HANDSHAKE + b"Origin: \x01not an origin\r\n", {101, 400, 403}),
}


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory, prepared_folder: Path) -> Iterator[WebProcess]:
    web = WebProcess(shutil.copytree(prepared_folder, tmp_path_factory.mktemp("web") / "data"))
    asyncio.run(web.start())
    yield web
    web.kill()
    assert "Traceback" not in web.log


@pytest.fixture(scope="module")
def secret(web: WebProcess) -> str:
    return new_secret(web.url)


@pytest.fixture
def raw(web: WebProcess, secret: str) -> Iterator[RawSocket]:
    """A visitor's socket after its welcome."""
    raw = RawSocket(web.port)
    raw.hello(new_ticket(web.url, secret))
    yield raw
    raw.close()


@pytest.mark.parametrize("name", VIOLATIONS)
def test_a_violation_gets_its_close_code(name: str, raw: RawSocket) -> None:
    data, code = VIOLATIONS[name]
    raw.send(data)

    assert raw.close_code() == code


@pytest.mark.parametrize("name", ODD_BUT_RIGHT)
def test_what_is_odd_but_right_closes_nothing(name: str, raw: RawSocket) -> None:
    raw.send(ODD_BUT_RIGHT[name])

    assert raw.is_alive()


@pytest.mark.parametrize("code", [1000, 1001, 1011, 3000, 4999])
def test_a_valid_close_is_answered(code: int, raw: RawSocket) -> None:
    raw.send(close_frame(code, b"bye"))

    assert raw.close_code() in (code, 1000)


def test_a_frame_of_exactly_64_kib_is_taken(raw: RawSocket) -> None:
    text = json.dumps({"type": "typing", "filler": ""}).encode()
    raw.send(frame(TEXT, text.replace(b'""', b'"' + b"x" * (65_536 - len(text)) + b'"')))

    assert raw.is_alive()


@pytest.mark.parametrize("name", HANDSHAKES)
def test_a_wrong_handshake_is_refused_in_words(name: str, web: WebProcess) -> None:
    path, headers, statuses = HANDSHAKES[name]
    raw = RawSocket(web.port, path, headers)
    raw.close()

    assert raw.status in statuses


def test_the_set_is_as_large_as_promised() -> None:
    assert len(VIOLATIONS) + len(ODD_BUT_RIGHT) >= 80
