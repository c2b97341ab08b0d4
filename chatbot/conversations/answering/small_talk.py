"""What people say to be polite, and need no knowledge for: hello, thanks, goodbye, who are you.

Only a message that says nothing else is small talk: "hello, how do I return a lamp?" asks for something.
"""

import re
import tomllib
from pathlib import Path
from typing import Any

_TABLES: dict[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
_PARTS: dict[str, str] = _TABLES["parts"]


def _pattern(form: str) -> re.Pattern[str]:
    for name, part in _PARTS.items():
        form = form.replace(f"{{{name}}}", part)
    return re.compile(rf"(?:{form})\Z", re.IGNORECASE)


_PATTERNS = tuple((name, _pattern(form)) for name, forms in _TABLES["forms"].items() for form in forms)
# A greeting and what follows it without a comma: "hi who are you".
_GREETED = re.compile(rf"{_PARTS['opening']}{_PARTS['to_whom']} ", re.IGNORECASE)
_POLITE = re.compile(r"\b(?:please|sir|madam|dear|well|oh|um+|uh+)\b", re.IGNORECASE)
_PIECES = re.compile(r"[.!?。！？~～…\n]+|[,，、;；](?!\d)")
_LONGEST = 120
# Which of several says most about what somebody wants to hear.
_ORDER = ("human", "who", "how", "help", "sorry", "goodbye", "thanks", "hello", "fine")


def small_talk(text: str) -> str | None:
    """Return the name of the phrase that answers `text`; None where it says anything that asks for more."""
    if len(text) > _LONGEST:
        return None
    pieces = [_plain(piece) for piece in _PIECES.split(text)]
    names = [_name(piece) for piece in pieces if piece]
    if not names or None in names:
        whole = _name(_plain(_PIECES.sub(" ", text)))
        return whole
    return min((name for name in names if name), key=_ORDER.index)


def _name(piece: str) -> str | None:
    for name, pattern in _PATTERNS:
        if pattern.match(piece):
            return name
    match = _GREETED.match(piece)
    return _name(piece[match.end() :]) if match else None


def _plain(piece: str) -> str:
    """Return the piece without accents, emoji, politeness and blanks at the ends."""
    folded = piece.casefold().translate(_FOLDED)
    folded = re.sub(r"[^\w\s'’-]", " ", folded).replace("’", "'")
    return " ".join(_POLITE.sub(" ", folded).split())


_FOLDED = str.maketrans("áàâäãåéèêëíìîïóòôöõúùûüñç", "aaaaaaeeeeiiiiooooouuuunc")
