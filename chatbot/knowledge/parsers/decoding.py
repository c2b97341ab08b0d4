"""From bytes to text, whatever wrote them."""

import codecs
import re

from charset_normalizer import from_bytes

from chatbot.knowledge.parsers.refused import Refused

GUESS_FROM_BYTES = 64 * 1024
_MARKS = [
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
]
# Names that mean more on the web than they say (https://encoding.spec.whatwg.org/#names-and-labels).
_WIDER = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "big5": "big5hkscs",
}
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([a-zA-Z0-9_:.-]{2,40})", re.I)


def decoded(content: bytes, charset: str = "", *, is_html: bool = False) -> str:
    """Return the text with \\n as its only line break.

    A byte-order mark decides, then valid UTF-8, then what was declared, then a guess. Raises
    Refused("wrong_type", "binary") for what is no text.
    """
    for mark, name in _MARKS:
        if content.startswith(mark):
            return _even(content.decode(name, "replace"))
    if b"\0" in content[:GUESS_FROM_BYTES]:
        return _even(content.decode(_utf_16_without_mark(content), "replace"))
    try:
        return _even(content.decode("utf-8"))
    except UnicodeDecodeError:
        pass
    declared = charset
    if not declared and is_html and (found := _META.search(content[:4096])):
        declared = found[1].decode("ascii")
    return _even(content.decode(_known(declared) or guessed(content), "replace"))


def _utf_16_without_mark(content: bytes) -> str:
    """Western text in UTF-16 has a zero in every other byte; everything else with zeros is no text."""
    sample = content[:4096]
    sample = sample[: len(sample) // 2 * 2]
    half = max(len(sample) // 2, 1)
    for offset, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        if sample[offset::2].count(0) > 0.4 * half and sample[1 - offset :: 2].count(0) == 0:
            return name
    raise Refused("wrong_type", "binary")


def _known(charset: str) -> str:
    try:
        name = codecs.lookup(charset).name
    except (LookupError, ValueError):
        return ""
    # Codecs like rot13, zip or idna are no charsets.
    return (
        _WIDER.get(name, name) if codecs.lookup(name)._is_text_encoding and name not in _NO_CHARSETS else ""
    )


_NO_CHARSETS = {"utf-7", "idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "utf-8"}


def guessed(content: bytes) -> str:
    """Return the likeliest encoding of bytes that are not UTF-8, by its first GUESS_FROM_BYTES."""
    sample = content[:GUESS_FROM_BYTES]
    if _is_chinese(sample):
        return "gb18030"
    best = from_bytes(sample).best()
    return _WIDER.get(best.encoding.replace("_", "-"), best.encoding) if best else "cp1252"


def _is_chinese(sample: bytes) -> bool:
    """Say whether this reads as GBK in the rows of the 3755 usual characters (GB 2312 level 1, B0 to D7).

    Charset guessers need long texts for this, and files of Chinese questions are short.
    """
    usual = other = 0
    position = 0
    while position < len(sample):
        lead = sample[position]
        if lead < 0x80:
            position += 1
            continue
        trail = sample[position + 1] if position + 1 < len(sample) else 0xA1
        if lead == 0x80 or lead == 0xFF or trail < 0x40 or trail == 0x7F:
            return False
        if trail >= 0xA1 and (0xB0 <= lead <= 0xD7 or lead in (0xA1, 0xA3)):
            usual += 1
        else:
            other += 1
        position += 2
    return usual >= 2 and usual > 9 * other


def _even(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
