"""The lines of a PDF's pages, and which of them are headings by their size."""

import re
from collections import Counter
from dataclasses import dataclass

import pypdfium2

from chatbot.knowledge.parsers.sections import plain

# A heading is larger than the text by this factor, and shorter than this.
LARGER = 1.15
HEADING_MAX_CHARACTERS = 120
LEVELS_MAX = 4

_SOFT_HYPHENS = "\ufffe\x02"
_SENTENCE_END = re.compile(r"[.,;。，；、]$")
_PAGE_NUMBER = re.compile(
    r"^(?:page|seite|第)?\s*[-–]?\s*\d{1,4}(?:\s*(?:/|of|von|页|／)\s*\d{0,4})?\s*[-–]?\s*页?$", re.I
)
# Entries of a table of contents, whose dots lead to a page.
_LEADERS = re.compile(r"(?:\.\s?){6}")
_NUMBER_AT_END = re.compile(r"^\d{1,4}\s+(?=\D)|(?<=\D)\s+\d{1,4}$")


@dataclass(frozen=True, slots=True)
class Line:
    """A line's text and the height of its characters in points, 0 where it is not known."""

    text: str
    height: float = 0.0


def lines_of(page: pypdfium2.PdfPage) -> list[Line]:
    """Return a page's lines from top to bottom; a word that a hyphen parts is put together."""
    textpage = page.get_textpage()
    text = textpage.get_text_range()
    # Positions count characters only where none is left out of the text.
    is_measured = len(text) == textpage.count_chars()
    lines: list[Line] = []
    place = 0
    is_parted = False
    for line in text.split("\n"):
        bare = line.rstrip("\r")
        height = _height(textpage, place, bare) if is_measured else 0.0
        place += len(line) + 1
        cleaned = plain(bare.strip(_SOFT_HYPHENS).replace(_SOFT_HYPHENS[0], ""))
        if cleaned and is_parted and lines:
            lines[-1] = Line(lines[-1].text + cleaned, lines[-1].height)
        elif cleaned and not _LEADERS.search(cleaned):
            lines.append(Line(cleaned, height))
        is_parted = bare.endswith(tuple(_SOFT_HYPHENS))
    return lines


def without_margins(pages: list[list[Line]]) -> list[list[Line]]:
    """Leave out page numbers, and the first and last lines that pages share but for their number."""
    own = [
        [re.sub(rf"\b{number}\b", "#", line.text) for line in lines] for number, lines in enumerate(pages, 1)
    ]
    near = Counter(line for lines in own for line in {*lines[:2], *lines[-2:]})
    outer = Counter(
        _NUMBER_AT_END.sub("", text) for lines in pages if lines for text in {lines[0].text, lines[-1].text}
    )
    often = max(3, len(pages) // 2 + 1)
    kept = []
    for lines, counted in zip(pages, own, strict=True):
        last = len(lines) - 1
        kept.append(
            [
                line
                for place, line in enumerate(lines)
                if last == 0
                or not (
                    (place in (0, 1, last - 1, last) and _PAGE_NUMBER.match(line.text))
                    or (place in (0, 1, last - 1, last) and near[counted[place]] >= often)
                    or (
                        place in (0, last)
                        and _NUMBER_AT_END.search(line.text)
                        and _is_running(line.text, outer)
                    )
                )
            ]
        )
    return kept


def heading_levels(pages: list[list[Line]]) -> dict[float, int]:
    """Return the level of each height that headings have, the largest first, or nothing."""
    weights = Counter[float]()
    for line in (line for lines in pages for line in lines):
        weights[line.height] += len(line.text)
    weights.pop(0.0, None)
    if not weights:
        return {}
    usual = weights.most_common(1)[0][0]
    larger = sorted((height for height in weights if height >= LARGER * usual), reverse=True)
    return {height: min(level, LEVELS_MAX) for level, height in enumerate(larger, 1)}


def looks_like_heading(line: Line, levels: dict[float, int]) -> bool:
    """Say whether a line is a heading: large, short, with letters, and no sentence."""
    return (
        line.height in levels
        and len(line.text) <= HEADING_MAX_CHARACTERS
        and any(character.isalpha() for character in line.text)
        and not _SENTENCE_END.search(line.text)
    )


def _height(textpage: pypdfium2.PdfTextPage, place: int, line: str) -> float:
    """Return the height of the character in the middle of a line, to half a point."""
    seen = [offset for offset, character in enumerate(line) if not character.isspace()]
    if not seen:
        return 0.0
    _left, bottom, _right, top = textpage.get_charbox(place + seen[len(seen) // 2], loose=True)
    return round(2 * (top - bottom)) / 2


def _is_running(text: str, outer: Counter[str]) -> bool:
    """Say whether a first or last line with a number at its end names a chapter on several pages."""
    return outer[_NUMBER_AT_END.sub("", text)] >= 3
