"""Frames that Hypothesis makes up: each is answered or closes with its code; none hangs the server."""

import asyncio
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.faults.raw_socket import CLOSE, TEXT, RawSocket, frame, new_secret, new_ticket
from tests.faults.servers import WebProcess

ABUSE, TOO_BIG, OVERLOADED = 1008, 1009, 1013

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40)
ANY_JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
TYPES = st.sampled_from(
    [
        "hello",
        "send",
        "stop",
        "regenerate",
        "feedback",
        "typing",
        "handoff",
        "contact",
        "rating",
        "seen",
        "page",
        "end",
        "ack",
        "ping",
        "resync",
        "welcome",
        "event",
        "delta",
    ]
)
FIELDS = [
    "client_id",
    "text",
    "message",
    "value",
    "seq",
    "frames",
    "after",
    "ticket",
    "conversation",
    "language",
    "address",
    "score",
    "comment",
    "url",
    "title",
    "wanted",
    "type",
]
NEAR_THE_PROTOCOL = st.builds(
    lambda type, fields: {"type": type, **fields},
    TYPES,
    st.dictionaries(st.sampled_from(FIELDS[:-1]), ANY_JSON, max_size=5),
)
VALID_SEND = st.builds(
    lambda client_id, text: {"type": "send", "client_id": client_id, "text": text},
    st.text("abcdef0123456789-", min_size=1, max_size=64),
    st.text(max_size=200),
)


def as_json(value: object) -> bytes:
    """Python writes NaN and lone surrogates that JSON does not have, which is what is wanted here."""
    return json.dumps(value).encode()


def cut(value: object, at: int) -> bytes:
    return as_json(value)[: at % 60]


PAYLOADS = st.one_of(
    NEAR_THE_PROTOCOL.map(as_json),
    VALID_SEND.map(as_json),
    ANY_JSON.map(as_json),
    st.builds(cut, NEAR_THE_PROTOCOL, st.integers(0, 59)),
    st.text(max_size=60).map(lambda text: text.encode("utf-8", "ignore")),
    st.integers(1, 3000).map(lambda depth: b"[" * depth),
    st.integers(1, 3000).map(lambda depth: b'{"type":' * depth),
    st.integers(1, 70_000).map(lambda digits: b'{"type":"ack","seq":' + b"9" * digits + b"}"),
)


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory, prepared_folder: Path) -> Iterator[WebProcess]:
    folder = shutil.copytree(prepared_folder, tmp_path_factory.mktemp("web") / "data")
    web = WebProcess(folder, SOCKET_MESSAGES_A_MINUTE="1000000", REPLY_QUEUE_LIMIT="5")
    asyncio.run(web.start())
    yield web
    web.kill()


class Client:
    """A visitor who comes back after each close."""

    def __init__(self, web: WebProcess) -> None:
        self.web = web
        self.secret = new_secret(web.url)
        self.codes: dict[int, int] = {}
        self.answers: dict[str, int] = {}
        self.open()

    def open(self) -> None:
        self.socket = RawSocket(self.web.port)
        self.socket.hello(new_ticket(self.web.url, self.secret))

    def try_frame(self, payload: bytes) -> None:
        """Send a frame and one that is answered after it; come back when the server closes."""
        self.socket.send(frame(TEXT, payload))
        self.socket.send(frame(TEXT, b'{"type":"resync"}'))
        while True:
            opcode, answer = self.socket.next_frame()
            if opcode == CLOSE:
                code = int.from_bytes(answer[:2], "big")
                self.codes[code] = self.codes.get(code, 0) + 1
                self.socket.close()
                self.open()
                return
            if opcode == TEXT:
                text = json.loads(answer)
                name = text.get("code", text["type"])
                self.answers[name] = self.answers.get(name, 0) + 1
                if text["type"] == "welcome":
                    return


def test_no_frame_breaks_the_server(web: WebProcess, full_faults: bool) -> None:
    client = Client(web)

    @settings(
        max_examples=5000 if full_faults else 200,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(PAYLOADS)
    def each(payload: bytes) -> None:
        client.try_frame(payload)

    each()
    client.socket.close()

    print(json.dumps({"answers": client.answers, "closes": client.codes}))
    # On a machine that stands still for seconds even this client counts as one that reads nothing.
    assert set(client.codes) <= {ABUSE, TOO_BIG} | (set() if full_faults else {OVERLOADED})
    assert {"invalid_json", "unknown_type", "invalid", "welcome"} <= set(client.answers)
    assert "Traceback" not in web.log
