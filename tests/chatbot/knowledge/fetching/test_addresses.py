"""Addresses: one spelling for each, whatever people type."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.knowledge.fetching import NotFetched
from chatbot.knowledge.fetching.addresses import address_of, joined


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("https://example.com", "https://example.com/"),
        ("HTTPS://Example.COM:443/A", "https://example.com/A"),
        ("http://example.com.:80/#top", "http://example.com/"),
        ("https://example.com:8443/a", "https://example.com:8443/a"),
        (
            "https://bücher.example/größe?q=ä b".replace(" ", "%20"),
            "https://xn--bcher-kva.example/gr%C3%B6%C3%9Fe?q=%C3%A4%20b",
        ),
        ("https://例子.example/帮助", "https://xn--fsqu00a.example/%E5%B8%AE%E5%8A%A9"),
        ("https://example.com/a?utm_source=x&id=3&gclid=y&UTM_Medium=z", "https://example.com/a?id=3"),
        ("https://example.com/a?utm_source=x", "https://example.com/a"),
        ("https://example.com/a%2Fb?c=%26", "https://example.com/a%2Fb?c=%26"),
        ("https://[2606:4700::1111]/", "https://[2606:4700::1111]/"),
        ("  https://example.com/  ", "https://example.com/"),
    ],
)
def test_each_has_one_spelling(typed: str, url: str) -> None:
    assert address_of(typed).url == url and address_of(url).url == url


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("b", "https://example.com/a/b"),
        ("/b", "https://example.com/b"),
        ("../b", "https://example.com/b"),
        ("?q=1", "https://example.com/a/?q=1"),
        ("//other.example/b", "https://other.example/b"),
        (" b\n", "https://example.com/a/b"),
    ],
)
def test_links_count_from_their_page(link: str, url: str) -> None:
    assert joined(address_of("https://example.com/a/"), link).url == url


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://example.com/a", "https://example.com/b", True),
        ("http://example.com/", "https://example.com/", True),
        ("https://example.com/", "https://www.example.com/", False),
        ("https://example.com:8443/", "https://example.com/", False),
        ("http://example.com:8080/", "https://example.com:8080/", True),
    ],
)
def test_a_site_is_a_host_with_its_port(one: str, other: str, same: bool) -> None:
    assert address_of(one).same_host(address_of(other)) is same


PIECES = [
    "http",
    "https",
    "://",
    "//",
    "@",
    ":",
    "/",
    "\\",
    "#",
    "?",
    "[",
    "]",
    "%",
    ".",
    "::1",
    "127.0.0.1",
    "a.example",
]


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=12).map("".join))
def test_whatever_is_typed_is_an_address_or_an_error(typed: str) -> None:
    for url in (typed, f"http://{typed}", f"https://a.example/{typed}"):
        try:
            address = address_of(url)
        except NotFetched:
            continue
        assert address.url.isascii() and address.url.isprintable() and " " not in address.url
        assert address.host and address.host not in ("127.0.0.1", "::1", "localhost")
        assert address_of(address.url, keep_tracking=True) == address
