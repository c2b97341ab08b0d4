"""Behind proxies the client's own word about its address counts for nothing."""

from ipaddress import ip_network
from typing import Any

import pytest
from django.conf import LazySettings

from accounts.networks import client_address
from chatbot.forwarded import behind_proxies

PROXY = "10.0.0.2"
CLIENT = "203.0.113.7"


@pytest.fixture(autouse=True)
def trusted(settings: LazySettings) -> None:
    settings.TRUST_PROXY_HEADERS = True
    settings.TRUSTED_PROXIES = (ip_network("10.0.0.0/24"), ip_network("::1"))


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "address"),
    [
        (CLIENT, "", CLIENT),
        (CLIENT, "198.51.100.1", CLIENT),
        (PROXY, CLIENT, CLIENT),
        (PROXY, f"198.51.100.1, {CLIENT}", CLIENT),
        (PROXY, f"198.51.100.1, {CLIENT}, 10.0.0.3", CLIENT),
        (PROXY, "", PROXY),
        ("::1", f" {CLIENT} ", CLIENT),
        ("::ffff:10.0.0.2", CLIENT, CLIENT),
        (PROXY, "nonsense", "nonsense"),
    ],
)
def test_the_rightmost_address_of_no_proxy_is_the_client(peer: str, forwarded_for: str, address: str) -> None:
    assert client_address(peer, forwarded_for) == address


async def seen_by_the_application(kind: str, peer: str, *headers: tuple[bytes, bytes]) -> dict[str, Any]:
    seen: dict[str, Any] = {}

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        seen.update(scope)

    scheme = "http" if kind == "http" else "ws"
    scope = {"type": kind, "scheme": scheme, "client": [peer, 4711], "headers": list(headers)}
    await behind_proxies(application)(scope, None, None)
    return seen


@pytest.mark.parametrize(("kind", "scheme"), [("http", "https"), ("websocket", "wss")])
async def test_requests_and_sockets_get_address_and_scheme_from_the_proxy(kind: str, scheme: str) -> None:
    scope = await seen_by_the_application(
        kind,
        PROXY,
        (b"x-forwarded-for", b"198.51.100.1"),
        (b"x-forwarded-for", CLIENT.encode()),
        (b"x-forwarded-proto", b"https"),
    )

    assert scope["client"][0] == CLIENT
    assert scope["scheme"] == scheme


async def test_a_client_that_comes_past_the_proxy_is_not_believed() -> None:
    headers = [(b"x-forwarded-for", b"127.0.0.1"), (b"x-forwarded-proto", b"https"), (b"host", b"chat")]
    scope = await seen_by_the_application("http", CLIENT, *headers)

    assert scope["client"][0] == CLIENT
    assert scope["headers"] == [(b"host", b"chat")]


async def test_without_proxies_headers_stay_for_those_who_look_for_signs_of_one(
    settings: LazySettings,
) -> None:
    settings.TRUST_PROXY_HEADERS = False
    scope = await seen_by_the_application("http", CLIENT, (b"x-forwarded-for", b"198.51.100.1"))

    assert scope["client"][0] == CLIENT
    assert scope["headers"] == [(b"x-forwarded-for", b"198.51.100.1")]
