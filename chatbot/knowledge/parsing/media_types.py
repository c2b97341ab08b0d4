"""What a file is: by its name, by the type that came with it, and by its first bytes."""

import io
import zipfile
from pathlib import PurePosixPath

from django.utils.translation import gettext as _

from chatbot.knowledge.parsing.unreadable import Unreadable, unreadable

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
HTML = "text/html"
MARKDOWN = "text/markdown"
CSV = "text/csv"
TEXT = "text/plain"
READABLE = (PDF, DOCX, HTML, MARKDOWN, CSV, TEXT)

_BY_EXTENSION = {
    ".pdf": PDF,
    ".docx": DOCX,
    ".html": HTML,
    ".htm": HTML,
    ".xhtml": HTML,
    ".md": MARKDOWN,
    ".markdown": MARKDOWN,
    ".csv": CSV,
    ".tsv": CSV,
    ".txt": TEXT,
    ".text": TEXT,
}
_SYNONYMS = {
    "application/x-pdf": PDF,
    "application/xhtml+xml": HTML,
    "text/x-markdown": MARKDOWN,
    "application/csv": CSV,
    "text/tab-separated-values": CSV,
    "text/comma-separated-values": CSV,
}
# What browsers send where they do not know better.
_NOTHING_SAID = {"", "application/octet-stream", "binary/octet-stream", "application/vnd.ms-excel"}
_BEGINNINGS = [
    (b"\x89PNG\r\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"\x1f\x8b", "gzip"),
    (b"7z\xbc\xaf", "7-Zip"),
    (b"Rar!", "RAR"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "xz"),
    (b"\x7fELF", "ELF"),
    (b"\xca\xfe\xba\xbe", "Java"),
    (b"SQLite format 3\0", "SQLite"),
    (b"%!PS", "PostScript"),
    (b"{\\rtf", "RTF"),
]
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_NAMES = {PDF: "PDF", DOCX: "DOCX", HTML: "HTML", MARKDOWN: "Markdown", CSV: "CSV", TEXT: "text"}


def declared_type(name: str, media_type: str) -> tuple[str, str]:
    """Return the type that a file claims, "" for none, and its charset.

    The extension is more precise than text/plain; otherwise the type that came with the file counts.
    Raises Unreadable("unknown_type") for a type that is not read here.
    """
    essence, _semicolon, parameters = media_type.partition(";")
    essence = essence.strip().lower()
    charset = next(
        (
            value.strip().strip("\"'")
            for key, _equals, value in (part.partition("=") for part in parameters.split(";"))
            if key.strip().lower() == "charset"
        ),
        "",
    )[:40]
    extension = PurePosixPath(name.replace("\\", "/")).suffix.lower()
    by_name = _BY_EXTENSION.get(extension, "")
    essence = _SYNONYMS.get(essence, essence)
    if essence in READABLE and not (essence == TEXT and by_name in (MARKDOWN, CSV)):
        return essence, charset
    if essence not in _NOTHING_SAID and essence != TEXT:
        raise unreadable("unknown_type")
    if not by_name and extension and len(extension) <= 6 and essence != TEXT and extension[1:].isalnum():
        raise unreadable("unknown_type")
    return by_name, charset


def checked_type(content: bytes, declared: str) -> str:
    """Return what `content` is; raises Unreadable("wrong_type") where that is not what was declared.

    Text is told from text by the declaration alone: Markdown, CSV and plain text begin alike.
    """
    found, named = _by_bytes(content)
    if (
        declared == DOCX
        and found == _OLE_NAME
        and b"E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e" in content
    ):
        raise unreadable("encrypted")
    if found in (PDF, DOCX):
        if declared not in ("", found):
            raise _wrong(declared, named)
        return found
    if named and found != HTML:
        raise _wrong(declared, named)
    if declared in (PDF, DOCX):
        raise _wrong(declared, named or _("something else"))
    return declared or (HTML if found == HTML else TEXT)


def wrong_text(declared: str) -> Unreadable:
    """Return the error for bytes that were to be text and are none."""
    return _wrong(declared, _("no text"))


_OLE_NAME = "ole"


def _by_bytes(content: bytes) -> tuple[str, str]:
    """Return the type, "" for any text, and its name for people, "" where the bytes say nothing."""
    if b"%PDF-" in content[:1024]:
        return PDF, "PDF"
    if content.startswith(b"PK\x03\x04"):
        return (DOCX, "DOCX") if _is_word(content) else ("zip", "ZIP")
    if content.startswith(_OLE):
        return _OLE_NAME, _("an Office file of the old kind")
    if content.startswith(b"MZ") and b"\0" in content[:64]:
        return "exe", "EXE"
    for beginning, named in _BEGINNINGS:
        if content.startswith(beginning):
            return named, named
    start = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return HTML, "HTML"
    return "", ""


def _is_word(content: bytes) -> bool:
    """Look into the archive's directory; a damaged one is left to the reader, which says so."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.NameToInfo
            return "[Content_Types].xml" in names and any(name.startswith("word/") for name in names)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return b"word/" in content


def _wrong(declared: str, named: str) -> Unreadable:
    if not declared:
        return unreadable("unknown_type")
    detail = _("The file was to be %(declared)s and is %(found)s. Give it its right name, or save it anew.")
    return Unreadable("wrong_type", detail % {"declared": _NAMES.get(declared, declared), "found": named})
