"""Log-probabilities in the two shapes that OpenAI's endpoints give them."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from llguidance import LLTokenizer

from inference.engine.grammar import vocabulary
from inference.engine.loader import LanguageModel
from inference.engine.logprobs import TokenLogprobs

# What OpenAI's API documents for tokens that cannot come at all; JSON has no infinity.
LOWEST = -9999.0


class TokenTexts:
    """What single tokens look like, down to the bytes of half a character."""

    def __init__(self, model: LanguageModel) -> None:
        """Takes a second for a model's first request."""
        self._tokenizer = model.tokenizer
        self._vocabulary: LLTokenizer | None = None
        with suppress(ValueError):
            self._vocabulary = vocabulary(model.tokenizer, model.stop_tokens)

    def bytes_of(self, token: int) -> bytes:
        """The UTF-8 that this token adds to a text, which may end inside a character."""
        if self._vocabulary is None or token >= self._vocabulary.vocab_size:
            return str(self._tokenizer.decode([token])).encode()
        return self._vocabulary.decode_bytes([token])

    def text_of(self, token: int) -> str:
        """The token as text; as OpenAI spells its bytes where it is none by itself."""
        raw = self.bytes_of(token)
        try:
            return raw.decode()
        except UnicodeDecodeError:
            return "bytes:" + "".join(f"\\x{byte:02x}" for byte in raw)

    def is_shown(self, token: int) -> bool:
        """Whether it is part of an answer's text, which shows no special tokens."""
        return token not in self._tokenizer.all_special_ids


def chat_logprobs(texts: TokenTexts, entries: Sequence[TokenLogprobs]) -> dict[str, Any]:
    """`choices[].logprobs` of /v1/chat/completions."""

    def one(token: int, logprob: float) -> dict[str, Any]:
        return {
            "token": texts.text_of(token),
            "logprob": max(logprob, LOWEST),
            "bytes": list(texts.bytes_of(token)),
        }

    content = [
        {**one(entry.token, entry.logprob), "top_logprobs": [one(*likely) for likely in entry.top]}
        for entry in entries
    ]
    return {"content": content, "refusal": None}


class CompletionLogprobs:
    """`choices[].logprobs` of /v1/completions, whose offsets run through the pieces of a stream."""

    def __init__(self, texts: TokenTexts) -> None:
        self._texts = texts
        self._offset = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def of(self, entries: Sequence[TokenLogprobs]) -> dict[str, Any]:
        """The next entries. Each names the drawn token too where it is not among the likeliest."""
        text_of = self._texts.text_of
        return {
            "tokens": [text_of(entry.token) for entry in entries],
            "token_logprobs": [max(entry.logprob, LOWEST) for entry in entries],
            "top_logprobs": [
                {
                    text_of(token): max(logprob, LOWEST)
                    for token, logprob in dict([*entry.top, (entry.token, entry.logprob)]).items()
                }
                for entry in entries
            ],
            "text_offset": [self._advance(entry.token) for entry in entries],
        }

    def _advance(self, token: int) -> int:
        offset = self._offset
        if self._texts.is_shown(token):
            self._offset += len(self._decoder.decode(self._texts.bytes_of(token)))
        return offset
