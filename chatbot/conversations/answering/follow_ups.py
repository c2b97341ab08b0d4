"""Whether a message is understood only with the one before it, as "and how much is that?" is."""

import re
from collections.abc import Sequence

from chatbot.conversations.answering import words
from inference.gateway import ChatMessage

_OPENS = re.compile(
    r"\s*(?:and|or|but|so|then|what about|how about|what if|why not|why|how come|how so|really|same|also|"
    r"which one|und|et|y|e|那|那么|那如果|还有|另外|为什么|如果|这个|它|でも|じゃあ)"
    r"(?:\b|(?<=[\u3040-\u9fff]))",
    re.IGNORECASE,
)
_REFERS = re.compile(
    r"\b(?:it|its|that|this|these|those|they|them|their|there|one|ones|he|she|him|her|the same|else|instead|"
    r"too)\b"
    r"|它|这个|那个|这些|那些|他们|她|呢[？?]?\s*$",
    re.IGNORECASE,
)
# A question with more words of its own than this stands alone, whatever it refers to.
_OWN_WORDS = 4


def is_follow_up(text: str) -> bool:
    """Tell whether `text` says too little by itself to be looked up."""
    own = words.count(text)
    if own <= 1:
        return True
    return own <= _OWN_WORDS and bool(_OPENS.match(text) or _REFERS.search(text))


def query_for(text: str, turns: Sequence[ChatMessage]) -> str:
    """Return what to look up for the visitor's newest message `text`, the last of `turns`.

    With a follow-up that is the visitor's turn before, too.
    """
    said = [turn["content"] for turn in turns if turn["role"] == "user"]
    before = said[-2] if len(said) > 1 else ""
    if said and said[-1].endswith(text) and said[-1] != text:
        # Messages that nobody has answered yet make up one turn.
        before = said[-1].removesuffix(text).strip()
    return f"{before}\n{text}" if before and is_follow_up(text) else text
