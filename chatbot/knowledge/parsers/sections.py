"""From headings and paragraphs in reading order to sections that know where they stand."""

import re
from dataclasses import dataclass, field

from chatbot.knowledge.parsers.refused import Refused

BETWEEN_HEADINGS = " › "
HEADING_MAX_CHARACTERS = 200

_SPACES = re.compile(r"[^\S\n]+")
_HAN = "\u3000-\u303f\u3040-\u30ff\u3400-\u9fff\uff00-\uffef"
_SPACE_IN_CHINESE = re.compile(rf"(?<=[{_HAN}])\s+(?=[{_HAN}])")
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff]"
)


def plain(text: str) -> str:
    """Return `text` without control and zero-width characters, with single spaces; line breaks stay."""
    return _SPACES.sub(" ", _UNSEEN.sub("", text)).strip()


def on_one_line(text: str) -> str:
    """Return `text` on one line; a line break between Chinese characters leaves no space."""
    return " ".join(plain(_SPACE_IN_CHINESE.sub("", text)).split())


@dataclass
class Sections:
    """Collects a document; raises Refused("too_much_text") beyond `max_characters`."""

    max_characters: int
    title: str = ""
    characters: int = 0
    _path: list[tuple[int, str]] = field(default_factory=list)
    _paragraphs: list[str] = field(default_factory=list)
    _finished: list[dict[str, str]] = field(default_factory=list)
    _headings: list[str] = field(default_factory=list)

    def heading(self, level: int, text: str) -> None:
        """Begin a section below the last heading of a lower level; 1 is the highest."""
        text = on_one_line(text)[:HEADING_MAX_CHARACTERS]
        if not text:
            return
        self._close()
        self._path = [entry for entry in self._path if entry[0] < level] + [(level, text)]
        self._headings.append(text)
        self._count(text)

    def paragraph(self, text: str) -> None:
        """Add a paragraph, a list's entry or a table's row to the section."""
        text = text.strip()
        if text:
            self._paragraphs.append(text)
            self._count(text)

    def finished(self) -> list[dict[str, str]]:
        """Return the sections that hold text; a document of headings alone is one section of them."""
        self._close()
        if not self._finished and self._headings:
            return [{"heading": "", "text": "\n".join(self._headings)}]
        return self._finished

    def first_heading(self) -> str:
        """Return the first heading, or nothing."""
        return self._headings[0] if self._headings else ""

    def _close(self) -> None:
        if self._paragraphs:
            heading = BETWEEN_HEADINGS.join(text for _level, text in self._path)
            self._finished.append({"heading": heading, "text": "\n\n".join(self._paragraphs)})
            self._paragraphs = []

    def _count(self, text: str) -> None:
        self.characters += len(text)
        if self.characters > self.max_characters:
            raise Refused("too_much_text", str(self.max_characters))
