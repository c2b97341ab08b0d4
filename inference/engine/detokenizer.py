"""From tokens to text, piece by piece, never splitting a character."""

from collections.abc import Sequence
from typing import Protocol

REPLACEMENT = "\ufffd"
# Enough tokens before the answer for a decoder to know whether its first token starts a word or continues
# one.
CONTEXT_TOKENS = 6


class Decoder(Protocol):
    """What the detokenizer needs of a tokenizer."""

    def decode(self, token_ids: list[int], *, skip_special_tokens: bool) -> str: ...


class Detokenizer:
    """Turns one answer's tokens into text.

    A token may end inside a character (byte-level vocabularies, byte fallback), and may decode differently at
    the start of a text than within it (SentencePiece drops the first space). So a window of tokens is decoded
    twice, without and with the new ones, and what the second adds is the new text, unless it ends inside a
    character.
    """

    def __init__(self, decoder: Decoder, prompt: Sequence[int] = ()) -> None:
        self._decoder = decoder
        self._window = list(prompt[-CONTEXT_TOKENS:])
        self._known = len(self._window)
        self._known_text = self._decode(self._window)

    def add(self, token: int) -> str:
        """The text that this token completes; empty while a character is unfinished."""
        self._window.append(token)
        text = self._decode(self._window)
        if text.endswith(REPLACEMENT) or len(text) <= len(self._known_text):
            return ""
        return self._advance(text)

    def flush(self) -> str:
        """What was held back, at the end of the answer; an unfinished character becomes U+FFFD."""
        return self._advance(self._decode(self._window))

    def _advance(self, text: str) -> str:
        new = text[len(self._known_text) :]
        self._window = self._window[self._known :]
        self._known = len(self._window)
        self._known_text = self._decode(self._window)
        return new

    def _decode(self, tokens: list[int]) -> str:
        return self._decoder.decode(tokens, skip_special_tokens=True)
