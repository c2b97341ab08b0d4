"""The addresses in a page and in a sitemap, as they are written there."""

import io

from lxml import etree

from chatbot.knowledge.parsers.refused import Refused
from chatbot.knowledge.parsers.web_page import tree_of

_LINKS_MAX = 5000
_ADDRESS_MAX_CHARACTERS = 2000


def links_of(text: str) -> dict[str, object]:
    """Return the `links` of a page, the `base` that they count from and its `canonical` address."""
    root = tree_of(text) if text.strip() else None
    if root is None:
        return {"links": [], "base": "", "canonical": ""}
    base = root.find(".//base[@href]")
    canonical = next(
        (link for link in root.iter("link") if "canonical" in link.get("rel", "").lower().split()), None
    )
    links = dict.fromkeys(
        link.get("href").strip()
        for link in root.iter("a", "area")
        if 0 < len(link.get("href", "").strip()) <= _ADDRESS_MAX_CHARACTERS
        and "nofollow" not in link.get("rel", "").lower().split()
    )
    return {
        "links": list(links)[:_LINKS_MAX],
        "base": base.get("href").strip()[:_ADDRESS_MAX_CHARACTERS] if base is not None else "",
        "canonical": (canonical.get("href") or "").strip()[:_ADDRESS_MAX_CHARACTERS]
        if canonical is not None
        else "",
    }


def sitemap_of(content: bytes, limit: int) -> dict[str, object]:
    """Return the first `limit` addresses of `pages` and of further `sitemaps` (https://www.sitemaps.org/protocol.html).

    Raises Refused("wrong_type", "xml") for what is no sitemap. Entities are not expanded, nothing is loaded.
    """
    pages: list[str] = []
    sitemaps: list[str] = []
    seen_root = False
    try:
        events = etree.iterparse(
            io.BytesIO(content),
            events=("start", "end"),
            resolve_entities=False,
            load_dtd=False,
            no_network=True,
            huge_tree=False,
        )
        for event, element in events:
            name = etree.QName(element).localname if isinstance(element.tag, str) else ""
            if not seen_root:
                seen_root = True
                if name not in ("urlset", "sitemapindex"):
                    raise Refused("wrong_type", "xml")
            if event != "end":
                continue
            if name in ("url", "sitemap"):
                found = next(
                    (c.text for c in element if isinstance(c.tag, str) and etree.QName(c).localname == "loc"),
                    "",
                )
                address = (found or "").strip()
                if 0 < len(address) <= _ADDRESS_MAX_CHARACTERS:
                    (pages if name == "url" else sitemaps).append(address)
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
            if len(pages) + len(sitemaps) >= limit:
                break
    except etree.LxmlError as error:
        if not pages and not sitemaps:
            raise Refused("wrong_type", "xml") from error
    return {"pages": pages, "sitemaps": sitemaps}
