"""Where sentences end, in a text that is complete and in one that is still being written."""

import re

# A full stop ends a sentence before a blank; the wide ones of Chinese and Japanese end it anywhere.
_END = re.compile(r"(?:[.!?…]+[\"'”’)\]]*(?=\s)|[。！？；]+[”’」』）]*|\n)\s*")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|approx|no|nos|dr|mr|mrs|ms|prof|st|inc|ltd|co|art|fig|sec|tel|z\.b|ca)"
    r"|\b[A-Z]|(?:^|\n)\s*\d{1,2})\.$",
    re.IGNORECASE,
)


def split(text: str) -> list[str]:
    """Return the sentences of a complete text, each with the blanks that follow it."""
    sentences, rest = take(text)
    return [*sentences, rest] if rest.strip() else sentences


def take(text: str) -> tuple[list[str], str]:
    """Return the sentences that have certainly ended, each with the blanks after it, and what remains."""
    sentences = []
    start = 0
    for match in _END.finditer(text):
        if _ABBREVIATION.search(text[start : match.end()].rstrip()) and "\n" not in match.group():
            continue
        if text[start : match.end()].strip():
            sentences.append(text[start : match.end()])
        start = match.end()
    return sentences, text[start:]
