"""What was read of a document."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Section:
    """Text under one heading; `heading` holds the headings above it too, joined by “ › ”.

    Paragraphs, lists' entries (“- …”) and tables' rows (“… | …”) of `text` are parted by blank lines.
    """

    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """A document's text in reading order.

    `language` is an ISO 639-1 code, or "" where it is unclear. `records` are the rows of a table, by the
    names in its first row, and None for everything but CSV; there each record is a section too.
    """

    title: str
    media_type: str
    language: str
    sections: list[Section]
    records: list[dict[str, str]] | None = None


@dataclass(frozen=True, slots=True)
class PageLinks:
    """The addresses that a page leads to, as they are written there; relative ones count from `base`."""

    links: list[str] = field(default_factory=list)
    base: str = ""
    canonical: str = ""
