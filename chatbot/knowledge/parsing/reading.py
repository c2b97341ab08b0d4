"""From a file or a page to its text."""

import math
from pathlib import Path

from chatbot.knowledge.parsing.child_process import run
from chatbot.knowledge.parsing.limits import DEFAULT, MIB, Limits
from chatbot.knowledge.parsing.media_types import checked_type, declared_type, wrong_text
from chatbot.knowledge.parsing.parsed import PageLinks, Parsed, Section
from chatbot.knowledge.parsing.unreadable import Unreadable, unreadable


def parse(content: bytes | Path, *, name: str, media_type: str = "", limits: Limits = DEFAULT) -> Parsed:
    """Read a PDF, DOCX, HTML, Markdown, text or CSV file in a process of its own.

    `name` is the file's name or the path of its address, `media_type` what came with it, a charset included.
    Raises Unreadable with one of the codes unknown_type, wrong_type, encrypted, too_large, too_many_pages,
    too_many_rows, too_much_text, bomb, too_slow, empty, broken. Takes at most `limits.seconds` and a bit.
    """
    data = _read(content, limits)
    declared, charset = declared_type(name, media_type)
    kind = checked_type(data, declared)
    try:
        found = run("document", data, limits, media_type=kind, charset=charset)
    except Unreadable as error:
        if error.code == "wrong_type":
            raise wrong_text(kind) from None
        raise
    return Parsed(
        title=found["title"] or Path(name).stem[:300],
        media_type=kind,
        language=found["language"],
        sections=[Section(section["heading"], section["text"]) for section in found["sections"]],
        records=found["records"],
    )


def page_links(content: bytes, *, charset: str = "", limits: Limits = DEFAULT) -> PageLinks:
    """Return the addresses in an HTML page; raises Unreadable."""
    found = run("links", content, limits, charset=charset)
    return PageLinks(found["links"], found["base"], found["canonical"])


def sitemap_entries(content: bytes, *, limit: int, limits: Limits = DEFAULT) -> tuple[list[str], list[str]]:
    """Return the first `limit` addresses of pages and of further sitemaps in one; raises Unreadable."""
    found = run("sitemap", content, limits, limit=limit)
    return found["pages"], found["sitemaps"]


def _read(content: bytes | Path, limits: Limits) -> bytes:
    """Return the bytes; a file that is too large is not opened."""
    size = len(content) if isinstance(content, bytes) else content.stat().st_size
    if size > limits.bytes:
        raise unreadable("too_large", str(math.floor(limits.bytes / MIB)))
    if size == 0:
        raise unreadable("empty")
    return content if isinstance(content, bytes) else content.read_bytes()
