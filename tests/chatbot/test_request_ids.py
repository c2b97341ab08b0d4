"""Each request has an id: on its answer, and on the lines that it causes."""

import logging
from ipaddress import ip_network
from typing import Any

import pytest
from django.conf import LazySettings

from chatbot.log_fields import AddFields
from chatbot.request_ids import numbered

PROXY = "10.0.0.2"
STRANGER = "203.0.113.7"


async def asked(peer: str = STRANGER, given: bytes | None = None, kind: str = "http") -> tuple[str, str]:
    """Return the id on the answer, "" for none, and the one on the log's lines."""
    sent: list[dict[str, Any]] = []
    record = logging.makeLogRecord({})

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        AddFields().filter(record)
        if kind == "http":
            await send({"type": "http.response.start", "status": 200, "headers": [(b"a", b"b")]})
        else:
            await send({"type": "websocket.accept"})

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    headers = [(b"x-request-id", given)] if given is not None else []
    await numbered(application)({"type": kind, "client": [peer, 1], "headers": headers}, None, send)
    answer = dict(sent[0].get("headers", ())).get(b"x-request-id", b"").decode()
    return answer, record.fields["request_id"]  # type: ignore[attr-defined]


async def test_the_answer_and_the_log_carry_the_same_new_id() -> None:
    first, second = await asked(), await asked()

    assert first[0] == first[1] != second[0] and len(first[0]) == 16


async def test_a_socket_has_one_for_the_log() -> None:
    answer, logged = await asked(kind="websocket")

    assert answer == "" and len(logged) == 16


async def test_a_strangers_id_counts_for_nothing(settings: LazySettings) -> None:
    settings.TRUST_PROXY_HEADERS = True
    settings.TRUSTED_PROXIES = (ip_network("10.0.0.0/24"),)

    assert (await asked(given=b"chosen-by-me-1"))[0] != "chosen-by-me-1"


@pytest.mark.parametrize(
    ("given", "kept"),
    [(b"7f3a-11.x_Y", True), (b"short", False), (b"x" * 65, False), (b"new\nline 12", False), (b"", False)],
)
async def test_a_trusted_proxys_id_is_kept_where_it_is_one(
    given: bytes, kept: bool, settings: LazySettings
) -> None:
    settings.TRUST_PROXY_HEADERS = True
    settings.TRUSTED_PROXIES = (ip_network("10.0.0.0/24"),)

    answer, logged = await asked(PROXY, given)
    assert answer == logged and (answer == given.decode()) is kept
