"""Small changes to texts that change no feeling: the way people write in a chat."""

from __future__ import annotations

import random
import re

from inference.training.sentiment.examples import Example

_HANDLE = re.compile(r"@\w+:?\s*")
_ADDRESS = re.compile(r"https?://\S+|www\.\S+")
_END = re.compile(r"[.!?。！？~～\s]+\Z")
_SENTENCE = re.compile(r"[^。！？!?\n]+[。！？!?]*")
# A sentence of a Chinese review as short as this says little of what the whole review feels.
_SHORTEST = 5
_LONG = 40


def varied(example: Example, chance: random.Random) -> str:
    """The example's text, now and then without names, addresses or end marks, in small letters or cut."""
    text = example.text
    if chance.random() < 0.5:
        text = _ADDRESS.sub("", _HANDLE.sub("", text))
    if chance.random() < 0.3:
        text = text.lower()
    if chance.random() < 0.3:
        text = _END.sub("", text)
    if example.language == "zh" and len(text) > _LONG and chance.random() < 0.7:
        text = _some_sentences(text, chance)
    return text.strip() or example.text


def _some_sentences(text: str, chance: random.Random) -> str:
    """One to three sentences in a row."""
    sentences = [found for found in _SENTENCE.findall(text) if len(found.strip()) >= _SHORTEST]
    if len(sentences) < 2:
        return text
    first = chance.randrange(len(sentences))
    return "".join(sentences[first : first + chance.randint(1, 3)])
