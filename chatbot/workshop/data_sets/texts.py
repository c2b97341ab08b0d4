"""What of an example is compared: its words, alike but for case, spaces and forms of one character."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from chatbot.analytics.labelling.label_reading import same_text

Messages = list[dict[str, Any]]

# Chinese, Japanese and Thai are written without spaces between words.
_WITHOUT_SPACES = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_WORD = re.compile(r"\w+")
WORDS = 3
CHARACTERS = 3


def text_of(messages: Iterable[Mapping[str, Any]]) -> str:
    """Return what the person and the answers say, one below the other, as it is compared."""
    return "\n".join(same_text(str(one["content"])) for one in messages if one["role"] != "system")


def answers_of(messages: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the answers that are learnt from."""
    return [str(one["content"]) for one in messages if one["role"] == "assistant" and one.get("weight") != 0]


def shingles(text: str) -> set[bytes]:
    """Return the pieces of a compared text: three words in a row, three characters where no spaces part them.

    A. Broder, "On the resemblance and containment of documents", SEQUENCES 1997. A shorter text is one piece.
    """
    letters = sum(character.isalpha() for character in text) or 1
    if len(_WITHOUT_SPACES.findall(text)) * 3 > letters:
        units: list[str] | str = "".join(_WORD.findall(text))
        size, between = CHARACTERS, ""
    else:
        units, size, between = _WORD.findall(text), WORDS, " "
    count = max(len(units) - size + 1, 1)
    return {between.join(units[place : place + size]).encode() for place in range(count)}
