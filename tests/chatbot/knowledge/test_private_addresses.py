"""No trick makes the reading of web pages reach an address inside.

A listener on all addresses of this machine notes every connection. What the outside would answer is played by
a resolver and by a connect() that lead the names and the address of the outside to a real server on another
port; whatever is not led there is connected to in earnest.
"""

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import LazySettings

from chatbot.knowledge.fetching import NotFetched, crawl, fetch, sitemap
from tests.chatbot.knowledge.address_tricks import ADDRESSES, ANSWERS, HOSTS, LOCATIONS, OUTSIDE
from tests.chatbot.knowledge.web_site import Reply, WebSite, web_site


@dataclass
class World:
    """`inside` must not be reached; `outside` stands for the internet."""

    inside: WebSite
    outside: WebSite
    names: dict[str, list[list[str]]]

    @property
    def port(self) -> int:
        return self.inside.port


@pytest.fixture
def world(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    settings.KNOWLEDGE_ALLOWED_NETWORKS = []
    with web_site("::" if socket.has_dualstack_ipv6() else "0.0.0.0") as inside, web_site() as outside:
        inside.page("/", "secret")
        found = World(inside, outside, {})
        _play_the_outside(found, monkeypatch)
        yield found


def _play_the_outside(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names under .example have the addresses that the test gives them, one list for each lookup in turn."""
    resolve, connect = socket.getaddrinfo, socket.create_connection

    def getaddrinfo(host: Any, *arguments: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else str(host)
        name = name.rstrip(".").lower()
        if name.endswith(".example"):
            answers = world.names.get(name, [[OUTSIDE]])
            addresses = answers.pop(0) if len(answers) > 1 else answers[0]
            return [entry for address in addresses for entry in resolve(address, *arguments, **options)]
        return resolve(host, *arguments, **options)

    def create_connection(address: tuple[str, int], *arguments: Any, **options: Any) -> socket.socket:
        if address[0] == OUTSIDE:
            address = ("127.0.0.1", world.outside.port)
        return connect(address, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(socket, "create_connection", create_connection)


def everything_about(url: str) -> None:
    """Ask for an address in each way that there is."""
    for ask in (fetch, sitemap, lambda url: list(crawl(url, pause=0))):
        try:
            ask(url)
        except NotFetched as error:
            assert error.detail


@pytest.mark.parametrize("host", HOSTS.values(), ids=HOSTS.keys())
def test_a_host_that_means_the_inside(world: World, host: str) -> None:
    everything_about(f"http://{host}:{world.port}/")

    assert world.inside.connections == []


@pytest.mark.parametrize("url", ADDRESSES.values(), ids=ADDRESSES.keys())
def test_an_address_that_hides_where_it_leads(world: World, url: str) -> None:
    everything_about(url.replace("{port}", str(world.port)))

    assert world.inside.connections == []


@pytest.mark.parametrize("answers", ANSWERS.values(), ids=ANSWERS.keys())
def test_a_name_that_leads_inside(world: World, answers: list[list[str]]) -> None:
    world.names["evil.example"] = answers

    everything_about(f"http://evil.example:{world.port}/")

    assert world.inside.connections == []


@pytest.mark.parametrize("lookups", [1, 2, 3, 4])
def test_a_name_that_is_public_when_checked_and_private_a_moment_later(world: World, lookups: int) -> None:
    world.names["evil.example"] = [[OUTSIDE]] * lookups + [["127.0.0.1"]]
    world.outside.page("/", '<a href="/next">next</a>')

    found = list(crawl(f"http://evil.example:{world.port}/", pause=0))

    assert found and world.inside.connections == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("location", LOCATIONS.values(), ids=LOCATIONS.keys())
def test_a_redirect_inside(world: World, location: str, status: int) -> None:
    world.names["inside.example"] = [["127.0.0.1"]]
    world.outside.redirect("/", location.replace("{port}", str(world.port)), status)

    everything_about("http://shop.example/")

    assert world.inside.connections == [] and "/" in world.outside.asked


def test_a_redirect_inside_at_the_end_of_a_chain(world: World) -> None:
    world.outside.redirect("/", "http://other.example/1")
    world.outside.redirect("/1", "http://third.example/2")
    world.outside.redirect("/2", f"http://127.0.0.1:{world.port}/")

    everything_about("http://shop.example/")

    assert world.inside.connections == [] and "/2" in world.outside.asked


def test_a_page_that_goes_on_by_itself_is_a_page(world: World) -> None:
    inside = f"http://127.0.0.1:{world.port}/"
    world.outside.pages["/"] = Reply(
        f'<meta http-equiv="refresh" content="0; url={inside}"><iframe src="{inside}"></iframe><p>x'.encode(),
        headers={"Refresh": f"0; url={inside}", "Link": f"<{inside}>; rel=canonical", "Location": inside},
    )

    everything_about("http://shop.example/")

    assert world.inside.connections == [] and "/" in world.outside.asked


def _robots(world: World, inside: str) -> None:
    world.outside.redirect("/robots.txt", inside)
    world.outside.page("/", "page")


def _robots_chain(world: World, inside: str) -> None:
    world.outside.redirect("/robots.txt", "http://other.example/r")
    world.outside.redirect("/r", inside)


def _robots_sitemap(world: World, inside: str) -> None:
    world.outside.pages["/robots.txt"] = Reply(f"Sitemap: {inside}\nHost: {inside}".encode(), "text/plain")
    world.outside.page("/", "page")


def _sitemap(world: World, inside: str) -> None:
    world.outside.page("/", f"<urlset><url><loc>{inside}</loc></url></urlset>", media_type="text/xml")


def _sitemap_index(world: World, inside: str) -> None:
    world.outside.page(
        "/", f"<sitemapindex><sitemap><loc>{inside}</loc></sitemap></sitemapindex>", media_type="text/xml"
    )


def _sitemap_entity(world: World, inside: str) -> None:
    world.outside.page(
        "/",
        f'<!DOCTYPE urlset SYSTEM "{inside}" ['
        f'<!ENTITY e SYSTEM "{inside}"><!ENTITY % p SYSTEM "{inside}"> %p;]>'
        "<urlset><url><loc>&e;</loc></url></urlset>",
        media_type="text/xml",
    )


def _sitemap_schema(world: World, inside: str) -> None:
    world.outside.page(
        "/",
        f'<?xml-stylesheet href="{inside}"?><urlset xmlns:xi="http://www.w3.org/2001/XInclude"'
        f' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a {inside}">'
        f'<xi:include href="{inside}"/></urlset>',
        media_type="text/xml",
    )


def _link(world: World, inside: str) -> None:
    world.outside.page(
        "/", f'<a href="{inside}">x</a><area href="{inside}"><link rel="next" href="{inside}">'
    )


def _link_through_redirect(world: World, inside: str) -> None:
    world.outside.page("/", '<a href="/onward">x</a>')
    world.outside.redirect("/onward", inside)


def _canonical(world: World, inside: str) -> None:
    world.outside.page("/", f'<link rel="canonical" href="{inside}"><p>x</p>')


def _base(world: World, inside: str) -> None:
    world.outside.page("/", f'<base href="{inside}"><a href="a">x</a><a href="/b">y</a>')


def _doctype(world: World, inside: str) -> None:
    world.outside.page(
        "/",
        f'<?xml version="1.0"?><!DOCTYPE html SYSTEM "{inside}" [<!ENTITY e SYSTEM "{inside}">]>'
        f'<html xmlns="http://www.w3.org/1999/xhtml"><body>&e;<img src="{inside}"/></body></html>',
        media_type="application/xhtml+xml",
    )


PAGES: dict[str, Callable[[World, str], None]] = {
    "robots.txt that leads inside": _robots,
    "robots.txt that leads inside by way of another": _robots_chain,
    "robots.txt that names a sitemap inside": _robots_sitemap,
    "sitemap with a page inside": _sitemap,
    "index with a sitemap inside": _sitemap_index,
    "sitemap with entities from inside": _sitemap_entity,
    "sitemap that includes the inside": _sitemap_schema,
    "link": _link,
    "link to a redirect": _link_through_redirect,
    "canonical address": _canonical,
    "base": _base,
    "document type": _doctype,
}


@pytest.mark.parametrize("plant", PAGES.values(), ids=PAGES.keys())
def test_a_site_that_names_the_inside(world: World, plant: Callable[[World, str], None]) -> None:
    plant(world, f"http://127.0.0.1:{world.port}/")

    everything_about("http://shop.example/")
    for url in _quietly(sitemap, "http://shop.example/") or ():
        _quietly(fetch, url)

    assert world.inside.connections == [] and world.outside.connections


def test_the_port_of_a_public_host_that_answers_is_no_way_inside(world: World) -> None:
    """The same site may be asked at its other port, and still by its checked address only."""
    world.names["evil.example"] = [[OUTSIDE], [OUTSIDE], ["127.0.0.1"]]
    world.outside.redirect("/", f"http://evil.example:{world.port}/b")

    everything_about("http://evil.example/")

    assert world.inside.connections == []


def _quietly(ask: Callable[[str], Any], url: str) -> Any:
    try:
        return ask(url)
    except NotFetched:
        return None


# The proof that the listener would notice: the same ways, with the guard off, reach it.
REACHING = [
    *(f"http://{HOSTS[name]}:{{port}}/" for name in ("loopback", "another loopback", "name", "trailing dot")),
    *(
        f"http://{HOSTS[name]}:{{port}}/"
        for name in ("full-width digits", "ideographic dots", "circled digits")
    ),
    f"http://{HOSTS['mapped']}:{{port}}/",
    *(
        f"http://{HOSTS[name]}:{{port}}/"
        for name in ("IPv6 loopback", "IPv6 nothing")
        if socket.has_dualstack_ipv6()
    ),
    "http://evil.example:{port}/",
    "http://shop.example/",
]


@pytest.mark.parametrize("url", REACHING)
def test_without_the_guard_the_listener_is_reached(world: World, settings: LazySettings, url: str) -> None:
    settings.KNOWLEDGE_ALLOWED_NETWORKS = ["0.0.0.0/0", "::/0"]
    world.names["evil.example"] = [["127.0.0.1"]]
    world.outside.redirect("/", f"http://127.0.0.1:{world.port}/")

    fetch(url.replace("{port}", str(world.port)))

    assert world.inside.connections


def test_there_are_enough_tricks() -> None:
    assert len(HOSTS) + len(ADDRESSES) + len(ANSWERS) + len(LOCATIONS) + len(PAGES) >= 150
