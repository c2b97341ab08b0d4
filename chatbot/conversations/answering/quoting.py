"""A passage word for word: all of it where it was written as an answer, else the sentences that answer."""

import math
import re
from collections import Counter

from chatbot.conversations.answering import sentences, words
from chatbot.knowledge.retrieval import Found

_SENTENCES = 3
_SHORT_CHARACTERS = 320
# Less than this says too little to stand alone.
_TELLING_CHARACTERS = 120
_LONGEST_CHARACTERS = 600
_LONGEST_ANSWER_CHARACTERS = 1500
_ASKS = re.compile(r"[?？]\s*$")
# A sentence that begins so is understood only with the one before it.
LEANS = re.compile(
    r"\s*(?:[-*•]|(?:it|they|this|that|these|those|he|she|such|however|also|therefore|otherwise|in that case|"
    r"but|and|so)\b"
    r"|它|他们|这|那|此|因此|但|所以|否则)",
    re.IGNORECASE,
)
# Sentences that speak to a language model instead of to a reader: no document answers anybody with them.
_COMMANDS = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:instructions?|prompts?|rules|above|previous|guidelines)\b"
    r"|\b(?:system prompt|your (?:hidden |secret |initial )?(?:instructions|prompt)|jailbreak|developer mode"
    r"|do anything now)\b"
    r"|\byou (?:are now|must now|will now)\b|\b(?:as|you are) an? (?:ai|language model|assistant|chatbot)\b"
    r"|\b(?:in|to|of|with|at the end of) your (?:response|answer|reply|output)\b"
    r"|\b(?:reveal|print|repeat|output|respond with|reply with)\b.{0,40}"
    r"\b(?:prompt|instructions|password|secret|exactly)\b"
    r"|忽略.{0,20}(?:指令|提示|规则)|系统提示|你现在是",
    re.IGNORECASE | re.DOTALL,
)


def is_command(sentence: str) -> bool:
    """Tell whether a sentence of a document speaks to a language model."""
    return bool(_COMMANDS.search(sentence))


def quote(query: str, found: Found) -> str:
    """Return what of the passage is given to somebody who asks `query`."""
    text = found.text.strip()
    title, answer = _as_answer(found, text)
    parts = [part for part in sentences.split(answer) if not is_command(part)]
    if not parts:
        return ""
    if title:
        return _up_to(parts, _LONGEST_ANSWER_CHARACTERS)
    if len(parts) <= 2 or sum(map(len, parts)) <= _SHORT_CHARACTERS:
        return _up_to(parts, _LONGEST_CHARACTERS)
    first, last = _best_span(query, parts)
    return _up_to(parts[first:last], _LONGEST_CHARACTERS)


def _as_answer(found: Found, text: str) -> tuple[str, str]:
    """Return the question that the passage was written as the answer to, empty for none, and the answer."""
    for title in (found.question, found.title, found.heading.rpartition("›")[2]):
        if _ASKS.search(title):
            return title, text.removeprefix(title).strip() or text
    head, _break, rest = text.partition("\n")
    if _ASKS.search(head) and rest.strip():
        return head, rest.strip()
    return "", text


def _best_span(query: str, parts: list[str]) -> tuple[int, int]:
    """Return from where to where the sentences go that share the most, and the rarest, words with `query`.

    Rare is what few sentences of the passage hold.
    """
    wanted = set(words.content(query))
    stems = [set(words.content(part)) for part in parts]
    counts = Counter(stem for there in stems for stem in there)
    scores = [sum(math.log(1 + len(parts) / counts[stem]) for stem in wanted & there) for there in stems]
    best = max(range(len(parts)), key=lambda index: scores[index])
    if not scores[best]:
        return 0, _SENTENCES
    first, last = best, best + 1
    if first and LEANS.match(parts[first]):
        first -= 1
    while last - first < _SENTENCES and last < len(parts):
        shown = sum(map(len, parts[first:last]))
        if shown >= _TELLING_CHARACTERS and not (
            LEANS.match(parts[last]) or scores[last] >= scores[best] / 2
        ):
            break
        last += 1
    while last - first < _SENTENCES and first and scores[first - 1] >= scores[best] / 2:
        first -= 1
    return first, last


def _up_to(parts: list[str], characters: int) -> str:
    """Return as many of the sentences as fit, the first one in any case."""
    text = parts[0]
    for part in parts[1:]:
        if len(text) + len(part) > characters:
            break
        text += part
    return text.strip()
