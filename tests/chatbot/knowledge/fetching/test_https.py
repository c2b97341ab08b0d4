"""Pages over https: whose certificate is good, and no way back to http."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from chatbot.knowledge.fetching import NotFetched, fetch
from tests.chatbot.certificates import certificate_for
from tests.chatbot.knowledge.web_site import WebSite, web_site


@pytest.fixture
def safe(settings: LazySettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WebSite]:
    """A site with a certificate for shop.example; that name and others lead to it."""
    settings.KNOWLEDGE_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    server, _client = certificate_for("shop.example", tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))
    resolve = socket.getaddrinfo

    def getaddrinfo(host: Any, *arguments: Any, **options: Any) -> Any:
        return resolve("127.0.0.1" if str(host).endswith(".example") else host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with web_site(tls=server) as site:
        yield site


def code_of(url: str) -> str:
    with pytest.raises(NotFetched) as error:
        fetch(url)
    return error.value.code


def test_the_certificate_must_be_that_of_the_name(safe: WebSite) -> None:
    safe.page("/", "hello")

    assert fetch(f"https://shop.example:{safe.port}/").content == b"hello"
    assert code_of(f"https://other.example:{safe.port}/") == "unreachable"


def test_a_certificate_that_nobody_vouches_for(safe: WebSite, monkeypatch: pytest.MonkeyPatch) -> None:
    safe.page("/", "hello")
    monkeypatch.delenv("SSL_CERT_FILE")

    assert code_of(f"https://shop.example:{safe.port}/") == "unreachable" and safe.asked == []


def test_no_redirect_leads_from_https_to_http(safe: WebSite) -> None:
    with web_site() as plain:
        plain.page("/", "hello")
        plain.redirect("/up", f"https://shop.example:{safe.port}/")
        safe.page("/", "safe")
        safe.redirect("/down", f"http://shop.example:{plain.port}/")

        assert code_of(f"https://shop.example:{safe.port}/down") == "insecure_redirect"
        assert plain.connections == []
        assert fetch(f"http://shop.example:{plain.port}/up").content == b"safe"
