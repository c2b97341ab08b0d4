"""Cutting what was read into the passages that are searched."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

# In words; a Chinese character counts as a part of one, so that both carry about as much.
SMALL = 60.0
LARGE = 200.0
_WORDS_A_CHARACTER = 0.6
_CHARACTERS_A_WORD = 15
_HEADING_CHARACTERS = 500

_CJK = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_CJK_CHARACTER = re.compile(f"[{_CJK}]")
_WORD = re.compile(rf"[^\W{_CJK}]+(?:['’.,-][^\W{_CJK}]+)*")
# A sentence ends with its closing quotes and brackets. In Chinese no space follows.
_SENTENCE_END = re.compile(
    r"(?:[。！？；…]+[”’」』）】》]*)|(?:(?<=[.!?])[\"'”’)\]]*(?=\s+[^\s\w]*[\w¿¡]))", re.UNICODE
)
_CLAUSE_END = re.compile(r"[，、,;:：]\s*|\s+")
# What ends with a full stop and is no end of a sentence, in the languages that people write most.
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:[A-Za-z]|e\.g|i\.e|etc|vs|approx|no|nr|mr|mrs|ms|dr|prof|st|inc|ltd|co|fig|cf|al|bzw"
    r"|z\.\s?b|d\.\s?h|ca|evtl|usw|m|mme|p|pp|art|sr|sra)\.$",
    re.IGNORECASE,
)
_LIST_ITEM = re.compile(r"^\s*(?:[-*•·–]|\d{1,3}[.)、])\s*")
_BLANK_LINE = re.compile(r"\n[ \t]*\n")


@dataclass(frozen=True, slots=True)
class Piece:
    """The text of a passage to be, and the headings above it joined by " › "."""

    heading: str
    text: str


def split(sections: Iterable[tuple[str, str]]) -> list[Piece]:
    """Cut sections, each a heading path and a text, into pieces of about 60 to 200 words.

    A piece never spans two sections, holds whole paragraphs where they are of that size, and cuts no sentence
    in two unless that is longer than a piece by itself. Short paragraphs that follow one another go together.
    """
    return [
        Piece(heading[:_HEADING_CHARACTERS], text)
        for heading, section in sections
        for text in _packed(_paragraphs(section))
    ]


def split_records(heading: str, records: Iterable[dict[str, str]]) -> list[Piece]:
    """Turn each row of a table into a piece with one “column: value” a line; empty cells are left out.

    A row longer than a piece is cut between sentences, like a text.
    """
    pieces: list[Piece] = []
    for record in records:
        lines = [
            f"{name}: {str(value).strip()}" for name, value in record.items() if str(value or "").strip()
        ]
        if lines:
            pieces += [Piece(heading[:_HEADING_CHARACTERS], text) for text in _packed([_Block(lines, "\n")])]
    return pieces


def size_of(text: str) -> float:
    """Return about how many English words carry as much as `text`."""
    words = len(_WORD.findall(text)) + _WORDS_A_CHARACTER * len(_CJK_CHARACTER.findall(text))
    # Long rows of characters, such as keys and tables of numbers, are few words and much text.
    return max(words, len(text) / _CHARACTERS_A_WORD)


def sentences_of(text: str) -> list[str]:
    """Cut a paragraph after each sentence; joined again the sentences are the paragraph, spaces included."""
    sentences: list[str] = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        end = match.end()
        following = text[end : end + 80].lstrip()[:1]
        if end <= start or following.islower() or _ABBREVIATION.search(text[start:end]):
            continue
        while end < len(text) and text[end].isspace():
            end += 1
        sentences.append(text[start:end])
        start = end
    return [*sentences, text[start:]] if start < len(text) else sentences


@dataclass(frozen=True, slots=True)
class _Block:
    """A paragraph as the units that stay whole, and what joins it to the next one."""

    units: Sequence[str]
    joint: str

    @property
    def text(self) -> str:
        return self.joint.join(self.units) if self.joint == "\n" else "".join(self.units).strip()


def _paragraphs(text: str) -> Iterator[_Block]:
    for paragraph in _BLANK_LINE.split(text.replace("\r\n", "\n")):
        if not paragraph.strip():
            continue
        lines = [line.rstrip() for line in paragraph.strip("\n").split("\n")]
        if len(lines) > 1 and sum(bool(_LIST_ITEM.match(line)) for line in lines) * 2 >= len(lines):
            yield _Block(lines, "\n")
        else:
            yield _Block(sentences_of(paragraph.strip()), "")


def _packed(blocks: Iterable[_Block]) -> Iterator[str]:
    """Join small blocks and cut large ones, so that each text is about SMALL to LARGE words."""
    held: list[str] = []
    held_size = 0.0
    for block in blocks:
        size = size_of(block.text)
        if held and (held_size >= SMALL or held_size + size > LARGE):
            yield "\n\n".join(held)
            held, held_size = [], 0.0
        if size > LARGE:
            if held:
                yield "\n\n".join(held)
                held, held_size = [], 0.0
            yield from _cut(block, size)
        else:
            held.append(block.text)
            held_size += size
    if held:
        yield "\n\n".join(held)


def _cut(block: _Block, size: float) -> Iterator[str]:
    """Cut a block that is too large into parts of about the same size, between its units."""
    target = size / -(-size // LARGE)
    part: list[str] = []
    part_size = 0.0
    for unit in (shorter for whole in block.units for shorter in _bearable(whole)):
        unit_size = size_of(unit)
        if part and (part_size + unit_size > LARGE or part_size + unit_size / 2 > target):
            yield _Block(part, block.joint).text
            part, part_size = [], 0.0
        part.append(unit)
        part_size += unit_size
    if part:
        yield _Block(part, block.joint).text


def _bearable(unit: str) -> Iterator[str]:
    """Return a unit as it is unless it is too long by itself: then in parts, between clauses or words."""
    if size_of(unit) <= LARGE:
        yield unit
        return
    start, last = 0, 0
    for match in _CLAUSE_END.finditer(unit):
        if last > start and size_of(unit[start : match.end()]) > LARGE * 0.9:
            yield unit[start:last]
            start = last
        last = match.end()
    yield from _by_length(unit[start:])


def _by_length(text: str) -> Iterator[str]:
    """Cut what has neither clauses nor spaces, such as a long line of characters."""
    step = int(LARGE / _WORDS_A_CHARACTER) if _CJK_CHARACTER.search(text) else int(LARGE * _CHARACTERS_A_WORD)
    for start in range(0, len(text), step):
        yield text[start : start + step]
