"""HTML: what a reader sees of a page's own content, under its headings."""

import re
from typing import Any

from lxml import etree, html

from chatbot.knowledge.parsers.refused import Refused
from chatbot.knowledge.parsers.sections import Sections, on_one_line, plain


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


_UNSEEN: frozenset[str] = _words(
    "script style noscript template svg math canvas iframe frame object embed audio video map head"
    " input button select textarea datalist dialog"
)
_AROUND: frozenset[str] = _words("nav footer aside menu")
_AROUND_ROLES: frozenset[str] = _words(
    "navigation banner contentinfo search dialog alertdialog complementary menu"
)
_AROUND_CLASSES = re.compile(
    r"(?:^|[\s_-])(?:cookie|consent|breadcrumbs?|skip-?link|sr-only|visually-hidden|screen-reader-text"
    r"|site-?nav|navbar|menu|sidebar|footer|share|social)(?:$|[\s_-])",
    re.I,
)
_INVISIBLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|(?:font-size|opacity)\s*:\s*0(?:\.0+)?(?:px|em|rem|%)?\s*(?:;|$|!)",
    re.I,
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_INLINE: frozenset[str] = _words(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark q rb rp rt"
    " ruby s samp small span strike strong sub sup time tt u var wbr nobr"
)
_CELLS = ("td", "th")


def tree_of(text: str) -> Any:
    """Return the page's root element; raises Refused for what lxml makes nothing of."""
    # Without huge_tree libxml2 stops at 256 levels and 10 MB of one text; entities are not files here.
    parser = html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except etree.ParserError:
        raise Refused("empty") from None
    except etree.LxmlError as error:
        raise Refused("broken") from error
    return root


def read_web_page(text: str, sections: Sections) -> str:
    """Fill `sections` and return the language that the page declares, "" where it declares none."""
    if not text.strip():
        raise Refused("empty")
    root = tree_of(text)
    named = root.find(".//title")
    title = on_one_line("".join(named.itertext())) if named is not None else ""
    content, is_marked = _content(root)
    walk = _Walk(sections, is_marked)
    walk.through(content)
    tops = [on_one_line("".join(h.itertext())) for h in content.iter("h1")]
    sections.title = tops[0] if len(tops) == 1 and tops[0] else title
    return (root.get("lang") or "").strip()[:2].lower()


def _content(root: Any) -> tuple[Any, bool]:
    """Return the element that the page itself marks as its content, or else its body."""
    for path in ("//main", "//*[@role='main']", "//article"):
        found = [element for element in root.xpath(path) if not _is_hidden(element)]
        if len(found) == 1 and len("".join(found[0].itertext()).strip()) > 50:
            return found[0], True
    body = root.find("body")
    return (body if body is not None else root), False


def _is_hidden(element: Any) -> bool:
    hidden = element.get("hidden")
    return (hidden is not None and hidden.lower() != "until-found") or bool(
        _INVISIBLE.search(element.get("style", "")[:2000])
    )


class _Walk:
    """Goes through elements in order and puts their texts together."""

    def __init__(self, sections: Sections, is_marked: bool) -> None:
        self._sections = sections
        self._is_marked = is_marked
        self._pieces: list[str] = []
        self._row: list[str] | None = None
        self._preformatted = 0
        self._articles = 0

    def through(self, content: Any) -> None:
        walker = etree.iterwalk(content, events=("start", "end"))
        left_out = None
        for event, element in walker:
            if not isinstance(element.tag, str):
                continue
            if event == "start":
                if element is not content and self._is_left_out(element):
                    walker.skip_subtree()
                    left_out = element
                else:
                    self._begin(element)
            else:
                if element is left_out:
                    left_out = None
                else:
                    self._end(element)
                if element is not content and element.tail:
                    self._text(element.tail)
        self._flush()

    def _is_left_out(self, element: Any) -> bool:
        tag, role = element.tag, element.get("role", "")
        if tag in _UNSEEN or _is_hidden(element):
            return True
        if tag in ("i", "span") and element.get("aria-hidden") == "true":
            return True
        if tag in _AROUND or role in _AROUND_ROLES:
            return True
        if self._is_marked or self._articles:
            return False
        return (
            (tag == "header" and element.find(".//h1") is None)
            or bool(_AROUND_CLASSES.search(f"{element.get('class', '')[:500]} {element.get('id', '')[:200]}"))
            or (tag in ("ul", "ol") and _is_menu(element))
        )

    def _begin(self, element: Any) -> None:
        tag = element.tag
        if tag == "br":
            self._pieces.append("\n")
        elif tag == "tr":
            self._flush()
            self._row = []
        elif tag not in _INLINE and self._row is None:
            self._flush()
        self._preformatted += tag == "pre"
        self._articles += tag == "article"
        if tag == "li" and self._row is None:
            self._pieces.append("- ")
        if element.text:
            self._text(element.text)

    def _end(self, element: Any) -> None:
        tag = element.tag
        if tag in _INLINE or tag == "br":
            return
        if tag in _HEADINGS and self._row is None:
            self._sections.heading(_HEADINGS[tag], self._taken())
        elif tag in _CELLS and self._row is not None:
            self._row.append(on_one_line(self._taken()))
        elif tag == "tr" and self._row is not None:
            row, self._row = self._row, None
            self._sections.paragraph(" | ".join(row) if any(row) else "")
        elif self._row is None:
            self._flush()
        else:
            self._pieces.append(" ")
        self._preformatted -= tag == "pre" and self._preformatted > 0
        self._articles -= tag == "article" and self._articles > 0

    def _text(self, text: str) -> None:
        self._pieces.append(text if self._preformatted else re.sub(r"\s+", " ", text))

    def _taken(self) -> str:
        text = "".join(self._pieces)
        self._pieces = []
        return text

    def _flush(self) -> None:
        text = self._taken()
        lines = [plain(line) if self._preformatted else on_one_line(line) for line in text.split("\n")]
        paragraph = "\n".join(line for line in lines if line)
        self._sections.paragraph("" if paragraph == "-" else paragraph)


def _is_menu(element: Any) -> bool:
    """Say whether a list is hardly more than links, as menus are."""
    links = list(element.iter("a"))
    if len(links) < 3:
        return False
    whole = len("".join("".join(element.itertext()).split()))
    linked = sum(len("".join("".join(link.itertext()).split())) for link in links)
    return linked > 0.8 * whole
