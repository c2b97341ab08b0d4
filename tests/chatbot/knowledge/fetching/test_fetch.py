"""One page: what comes, and the error for what does not."""

import gzip
import socket
import time
import zlib

import pytest

from chatbot.knowledge.fetching import FetchLimits, NotFetched, fetch
from tests.chatbot.knowledge.web_site import Reply, WebSite


def code_of(url: str, **options: object) -> str:
    with pytest.raises(NotFetched) as error:
        fetch(url, **options)  # type: ignore[arg-type]
    assert error.value.detail and error.value.detail[-1] in ".)”" or error.value.code == "unreachable"
    return error.value.code


def test_a_page_comes_with_its_type_and_where_it_was(shop: WebSite) -> None:
    shop.pages["/a?x=1"] = Reply("Größe".encode("latin-1"), "text/html; charset=ISO-8859-1")
    shop.redirect("/old", "/a?x=1", 301)

    page = fetch(f"{shop.url}/old?utm_source=mail#part")

    assert page.url == f"{shop.url}/old" and page.final_url == f"{shop.url}/a?x=1"
    assert page.media_type == "text/html; charset=ISO-8859-1" and page.content == "Größe".encode("latin-1")


def test_the_robot_says_its_name_and_nothing_secret(shop: WebSite) -> None:
    shop.page("/", "hello")

    fetch(shop.url)

    assert shop.headers[-1]["User-Agent"].startswith("Parley/")
    assert not {"Cookie", "Authorization", "Referer"} & set(shop.headers[-1])


def test_no_proxy_is_asked(shop: WebSite, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.page("/", "hello")
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    assert fetch(shop.url).content == b"hello"


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_what_is_packed_is_unpacked(shop: WebSite, coding: str) -> None:
    pack = gzip.compress if coding == "gzip" else zlib.compress
    shop.pages["/"] = Reply(pack(b"hello"), headers={"Content-Encoding": coding})

    assert fetch(shop.url).content == b"hello"


def test_what_unpacks_to_too_much_is_refused(shop: WebSite) -> None:
    shop.pages["/"] = Reply(gzip.compress(b"\0" * 30_000_000), headers={"Content-Encoding": "gzip"})

    assert code_of(shop.url, limits=FetchLimits(bytes=1_000_000)) == "too_large"


def test_a_page_that_is_too_large_is_refused_at_its_announcement_and_while_it_comes(shop: WebSite) -> None:
    shop.pages["/told"] = Reply(b"x", headers={"Content-Length": "200000000"})
    shop.pages["/endless"] = Reply(b"x" * 100_000, pieces=10_000)
    begun = time.monotonic()

    assert code_of(f"{shop.url}/told") == "too_large"
    assert code_of(f"{shop.url}/endless", limits=FetchLimits(bytes=1_000_000)) == "too_large"
    assert time.monotonic() - begun < 5


def test_a_page_that_trickles_in_ends_at_the_deadline(shop: WebSite) -> None:
    shop.pages["/"] = Reply(b"x", pieces=1000, seconds=0.05)
    begun = time.monotonic()

    assert code_of(shop.url, limits=FetchLimits(seconds=0.4)) == "too_slow"
    assert time.monotonic() - begun < 3


def test_redirects_that_go_in_a_circle_or_on_and_on(shop: WebSite) -> None:
    shop.redirect("/a", "/b")
    shop.redirect("/b", "/a")
    shop.redirect("/self", "/self")
    for number in range(10):
        shop.redirect(f"/{number}", f"/{number + 1}")
    shop.page("/10", "reached")

    assert code_of(f"{shop.url}/a") == "redirect_loop"
    assert code_of(f"{shop.url}/self") == "redirect_loop"
    assert code_of(f"{shop.url}/0") == "redirect_loop"
    assert fetch(f"{shop.url}/5").content == b"reached"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (404, "not_found"),
        (410, "not_found"),
        (401, "forbidden"),
        (403, "forbidden"),
        (429, "busy"),
        (503, "busy"),
        (500, "failed"),
    ],
)
def test_a_status_is_told_as_what_it_means(shop: WebSite, status: int, code: str) -> None:
    shop.pages["/"] = Reply(status=status)

    assert code_of(shop.url) == code


def test_pictures_and_unknown_files_are_not_taken(shop: WebSite) -> None:
    shop.pages["/a.png"] = Reply(b"\x89PNG", "image/png")
    shop.pages["/a.bin"] = Reply(b"\0", "application/octet-stream")
    shop.pages["/a.pdf"] = Reply(b"%PDF-", "application/octet-stream")

    assert code_of(f"{shop.url}/a.png") == "wrong_type"
    assert code_of(f"{shop.url}/a.bin") == "wrong_type"
    assert fetch(f"{shop.url}/a.pdf").content == b"%PDF-"


def test_a_server_that_speaks_another_language(shop: WebSite) -> None:
    shop.pages["/"] = Reply(b"x", headers={"Content-Encoding": "br"})
    shop.pages["/torn"] = Reply(b"no gzip", headers={"Content-Encoding": "gzip"})

    assert code_of(shop.url) == "broken_answer"
    assert code_of(f"{shop.url}/torn") == "broken_answer"


def test_a_closed_port_and_an_unknown_name(shop: WebSite, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    real = socket.getaddrinfo

    def getaddrinfo(host: str, *arguments: object, **options: object) -> object:
        if host == "unknown.example":
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return real(host, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)

    assert code_of(f"http://127.0.0.1:{port}/") == "unreachable"
    assert code_of("http://unknown.example/") == "unreachable"
