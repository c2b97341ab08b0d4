"""A site's pages by way of its links."""

import time

import pytest

from chatbot.knowledge.fetching import NotFetched, Visit, crawl, visit
from tests.chatbot.knowledge.web_site import Reply, WebSite


def link(*paths: str) -> str:
    return "<html><body>" + " ".join(f'<a href="{path}">to {path}</a>' for path in paths) + "</body></html>"


def paths(shop: WebSite, visits: list[Visit]) -> list[str]:
    return [found.url.removeprefix(shop.url) for found in visits if found.page]


def test_the_nearest_come_first_and_depth_ends_it(shop: WebSite) -> None:
    shop.page("/", link("/a", "/b"))
    shop.page("/a", link("/a/deep", "/"))
    shop.page("/b", link("/a", "b/deep"))
    shop.page("/a/deep", link("/a/deep/er"))
    shop.page("/b/deep", link("/"))

    found = list(crawl(f"{shop.url}/", max_depth=2, pause=0))

    assert paths(shop, found) == ["/", "/a", "/b", "/a/deep", "/b/deep"]
    assert [each.depth for each in found] == [0, 1, 1, 2, 2]
    assert found[0].done == 1 and found[0].waiting == 2 and found[-1].waiting == 0


def test_each_page_is_asked_once_whatever_its_address_is_spelled_like(shop: WebSite) -> None:
    shop.page("/", link("/a", "/a#x", "/a?utm_source=1", "./a", "a?fbclid=2#y", f"{shop.url}/a", "/a?page=2"))
    shop.page("/a", "<p>a</p>")
    shop.page("/a?page=2", "<p>second</p>")

    assert paths(shop, list(crawl(shop.url, pause=0))) == ["/", "/a", "/a?page=2"]
    assert shop.pages_asked() == ["/", "/a", "/a?page=2"]


def test_other_hosts_and_files_that_nobody_reads_are_left_alone(shop: WebSite) -> None:
    shop.page(
        "/",
        link(
            f"http://127.0.0.1:{shop.port + 1}/x",
            "https://elsewhere.example/",
            "mailto:a@b.example",
            "javascript:alert(1)",
            "/picture.JPG",
            "data:text/html,x",
            "http://[::1/",
        ),
    )

    assert paths(shop, list(crawl(shop.url, pause=0))) == ["/"] and shop.pages_asked() == ["/"]


def test_a_page_that_fails_ends_nothing(shop: WebSite) -> None:
    shop.page("/", link("/gone", "/picture", "/denied", "/a"))
    shop.pages["/picture"] = Reply(b"\x89PNG", "image/png")
    shop.page("/a", "<p>a</p>")
    shop.pages["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /denied", "text/plain")

    found = list(crawl(shop.url, pause=0))

    errors = {each.url.removeprefix(shop.url): each.error.code for each in found if each.error}
    assert errors == {"/gone": "not_found", "/picture": "wrong_type", "/denied": "robots_denied"}
    assert paths(shop, found) == ["/", "/a"]


def test_the_number_of_pages_ends_it(shop: WebSite) -> None:
    shop.page("/", link(*(f"/{number}" for number in range(50))))
    for number in range(50):
        shop.page(f"/{number}", f"<p>{number}</p>")

    assert len(list(crawl(shop.url, max_pages=5, pause=0))) == 5
    assert len(shop.pages_asked()) == 5


def test_the_same_page_under_two_addresses_comes_once_under_its_own(shop: WebSite) -> None:
    shop.page("/", link("/a?sort=1", "/copy", "/same"))
    shop.page("/a?sort=1", '<link rel="canonical" href="/a"><p>a</p>')
    shop.page("/copy", "<p>twice</p>")
    shop.page("/same", "<p>twice</p>")

    assert paths(shop, list(crawl(shop.url, pause=0))) == ["/", "/a", "/copy"]


def test_a_site_that_calls_every_page_its_front_page_is_read_all_the_same(shop: WebSite) -> None:
    front = f'<link rel="canonical" href="{shop.url}/">'
    shop.page("/", front + link("/a", "/b"))
    shop.page("/a", front + "<p>a</p>")
    shop.page("/b", front + "<p>b</p>")

    assert paths(shop, list(crawl(shop.url, pause=0))) == ["/", "/a", "/b"]


def test_a_base_counts_for_links(shop: WebSite) -> None:
    shop.page("/", '<base href="/help/"><a href="a">a</a>')
    shop.page("/help/a", "<p>a</p>")

    assert paths(shop, list(crawl(shop.url, pause=0))) == ["/", "/help/a"]


def test_it_ends_when_it_is_told_to_also_during_a_pause(shop: WebSite) -> None:
    shop.page("/", link("/a"))
    shop.page("/a", "<p>a</p>")
    stop = False
    begun = time.monotonic()

    walk = crawl(shop.url, pause=60, should_stop=lambda: stop)
    assert next(walk).page
    stop = True

    assert list(walk) == [] and time.monotonic() - begun < 10
    assert shop.pages_asked() == ["/"]


def test_the_pause_of_robots_txt_is_kept(shop: WebSite) -> None:
    shop.page("/", link("/a"))
    shop.page("/a", "<p>a</p>")
    shop.pages["/robots.txt"] = Reply(b"User-agent: *\nCrawl-delay: 0.6", "text/plain")
    begun = time.monotonic()

    assert len(list(crawl(shop.url, pause=0))) == 2
    assert time.monotonic() - begun >= 0.6


def test_an_address_that_is_none_is_an_error_at_once(shop: WebSite) -> None:
    for url in ("", "example.com", "ftp://example.com/"):
        with pytest.raises(NotFetched):
            crawl(url)


def test_a_list_of_pages_is_read_without_following_links(shop: WebSite) -> None:
    shop.page("/a", link("/c"))
    shop.page("/b", link("/c", "/d"))

    found = list(visit([f"{shop.url}/a", f"{shop.url}/b", f"{shop.url}/gone"], pause=0))

    assert paths(shop, found) == ["/a", "/b"] and found[-1].error
    assert shop.pages_asked() == ["/a", "/b", "/gone"]
