"""The pages of a sitemap."""

import gzip

import pytest

from chatbot.knowledge.fetching import NotFetched, sitemap
from tests.chatbot.knowledge.web_site import Reply, WebSite

NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def urlset(*urls: str) -> bytes:
    inside = "".join(f"<url><loc> {url} </loc><priority>1</priority></url>" for url in urls)
    return f'<?xml version="1.0" encoding="UTF-8"?><urlset {NAMESPACE}>{inside}</urlset>'.encode()


def index(*urls: str) -> bytes:
    inside = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in urls)
    return f"<sitemapindex {NAMESPACE}>{inside}</sitemapindex>".encode()


def xml(body: bytes) -> Reply:
    return Reply(body, "application/xml")


def test_pages_come_once_in_order_and_of_this_host_only(shop: WebSite) -> None:
    shop.pages["/sitemap.xml"] = xml(
        urlset(
            f"{shop.url}/b",
            f"{shop.url}/a#x",
            f"{shop.url}/b?utm_source=x",
            "https://elsewhere.example/",
            "file:///etc/passwd",
            "http://169.254.169.254/",
            f"{shop.url}/c?a=1&amp;b=2",
        )
    )

    assert sitemap(f"{shop.url}/sitemap.xml") == [f"{shop.url}/{path}" for path in ("b", "a", "c?a=1&b=2")]
    assert sitemap(f"{shop.url}/sitemap.xml", limit=1) == [f"{shop.url}/b"]


def test_an_index_leads_to_more_packed_ones_too(shop: WebSite) -> None:
    shop.pages["/sitemap.xml"] = xml(
        index(f"{shop.url}/1.xml.gz", f"{shop.url}/gone.xml", f"{shop.url}/2.xml", f"{shop.url}/sitemap.xml")
    )
    shop.pages["/1.xml.gz"] = Reply(gzip.compress(urlset(f"{shop.url}/a")), "application/gzip")
    shop.pages["/2.xml"] = xml(urlset(f"{shop.url}/b"))

    assert sitemap(f"{shop.url}/sitemap.xml") == [f"{shop.url}/a", f"{shop.url}/b"]
    assert shop.asked.count("/sitemap.xml") == 1


def test_indexes_without_an_end_have_one(shop: WebSite) -> None:
    for number in range(10):
        shop.pages[f"/{number}"] = xml(index(f"{shop.url}/{number + 1}"))
    shop.pages["/wide"] = xml(index(*(f"{shop.url}/wide/{number}" for number in range(200))))

    assert sitemap(f"{shop.url}/0") == []
    assert len(shop.pages_asked()) == 4
    assert sitemap(f"{shop.url}/wide") == []
    assert len(shop.pages_asked()) <= 60


def test_a_list_of_lines_is_a_sitemap_too(shop: WebSite) -> None:
    shop.pages["/s.txt"] = Reply(f"{shop.url}/a\n{shop.url}/b\n".encode(), "text/plain")

    assert sitemap(f"{shop.url}/s.txt") == [f"{shop.url}/a", f"{shop.url}/b"]


LAUGHS = (
    b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">'
    b'<!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;"><!ENTITY f "&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;">'
    b'<!ENTITY g "&f;&f;&f;&f;&f;&f;&f;&f;&f;&f;"><!ENTITY h "&g;&g;&g;&g;&g;&g;&g;&g;&g;&g;">]>'
)


@pytest.mark.parametrize(
    "body",
    [
        b"<html><body>no sitemap</body></html>",
        b"no XML",
        b"<urlset><url><loc>",
        b"<a>" * 100_000,
        LAUGHS + b"<urlset><url><loc>http://127.0.0.1/&h;</loc></url></urlset>",
        b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><urlset><url><loc>http://127.0.0.1/&f;</loc></url></urlset>',
    ],
)
def test_what_is_no_sitemap_gives_no_page(shop: WebSite, body: bytes) -> None:
    shop.pages["/s.xml"] = xml(body)

    try:
        found = sitemap(f"{shop.url}/s.xml")
    except NotFetched as error:
        assert error.code == "no_sitemap"
    else:
        assert all(len(url) < 200 and "root" not in url for url in found)


def test_a_packed_bomb_is_refused(shop: WebSite) -> None:
    shop.pages["/s.xml.gz"] = Reply(gzip.compress(b"<urlset>" + b" " * 60_000_000), "application/gzip")

    with pytest.raises(NotFetched) as error:
        sitemap(f"{shop.url}/s.xml.gz")
    assert error.value.code == "too_large"
