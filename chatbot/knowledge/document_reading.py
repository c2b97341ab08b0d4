"""From a document's bytes or words to what is indexed of it."""

import hashlib
import json
import re
from dataclasses import dataclass, field

from chatbot.knowledge import uploads
from chatbot.knowledge.models import Document, Source
from chatbot.knowledge.parsing import Parsed, Unreadable, parse
from chatbot.knowledge.splitting import Piece, split, split_records

# A part of each document's digest: what was split in another way is split anew when it is next read.
_SPLITTING = "1"
MOST_PASSAGES = 5000
# Of a table's text so much is kept for people to look at; all of it is searched.
_SHOWN_CHARACTERS = 400_000
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_JAPANESE_OR_KOREAN = re.compile(r"[\u3040-\u30ff\uac00-\ud7af]")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a document says: its text for people, and the pieces or curated questions that are searched."""

    title: str
    media_type: str
    language: str
    text: str
    pieces: list[Piece] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)

    @property
    def digest(self) -> str:
        """The SHA-256 of all that passages are made of, in base 16."""
        parts = [_SPLITTING, self.title, self.text, self.questions]
        parts += [(piece.heading, piece.text) for piece in self.pieces]
        return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


def read_stored(document: Document) -> Reading:
    """Read what is kept of a document here: a curated answer, a typed text, an uploaded file.

    Raises Unreadable.
    """
    if document.source.kind == Source.Kind.ANSWERS:
        questions = [line.strip() for line in document.questions.splitlines() if line.strip()]
        return Reading(document.title, "", _language_of(document.text), document.text, questions=questions)
    if document.source.kind == Source.Kind.TEXT:
        parsed = parse(document.text.encode(), name=f"{document.public_id}.md", media_type="text/markdown")
        return read_parsed(parsed, title=document.title, text=document.text)
    path = uploads.path_of(document.public_id)
    if not path.exists():
        raise Unreadable("file_gone", "")
    return read_parsed(parse(path, name=document.file_name))


def read_page(content: bytes, *, url: str, media_type: str) -> Reading:
    """Read a page as it was fetched from `url`; raises Unreadable."""
    return read_parsed(parse(content, name=url.partition("?")[0], media_type=media_type))


def read_parsed(parsed: Parsed, *, title: str = "", text: str | None = None) -> Reading:
    """Split what was parsed; `title` and `text` stand in for the document's own.

    Raises Unreadable where there is nothing, or too much.
    """
    if parsed.records is not None:
        pieces = split_records("", parsed.records)
    else:
        pieces = split((section.heading, section.text) for section in parsed.sections)
    if not pieces:
        raise Unreadable("empty", "")
    if len(pieces) > MOST_PASSAGES:
        raise Unreadable("too_many_passages", f"{len(pieces)} passages, and {MOST_PASSAGES} at most.")
    if text is None:
        text = _text_of(parsed, pieces)
    return Reading((title or parsed.title)[:300], parsed.media_type, parsed.language, text, pieces)


def _language_of(answer: str) -> str:
    """Return "zh" for an answer in Chinese, and "" for others: a few words tell no more than their script."""
    return "zh" if _CHINESE.search(answer) and not _JAPANESE_OR_KOREAN.search(answer) else ""


def _text_of(parsed: Parsed, pieces: list[Piece]) -> str:
    if parsed.records is not None:
        return "\n\n".join(piece.text for piece in pieces)[:_SHOWN_CHARACTERS]
    parts: list[str] = []
    for section in parsed.sections:
        parts += [part for part in (section.heading, section.text) if part.strip()]
    return "\n\n".join(parts)
