"""Answers that follow a JSON schema: what may come next, token by token.

The work is llguidance's: a lexer and an Earley parser over the tokenizer's vocabulary
(https://github.com/guidance-ai/llguidance).
"""

from __future__ import annotations

import json
import threading
from functools import lru_cache
from typing import Any

import numpy as np
from llguidance import LLMatcher, LLParserLimits, LLTokenizer
from llguidance.hf import from_tokenizer
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerFast

from inference.engine.request import InvalidParameter
from inference.engine.sampler import SamplingFailure

MAX_SCHEMA_BYTES = 16 * 1024
PARAMETER = "response_format"

# A schema is a stranger's program. These keep a mask below about 10 ms and a grammar below about 40 MB, by
# the speeds and sizes that llguidance documents; its own defaults are four to twelve times as much.
_LIMITS = LLParserLimits(
    initial_lexer_fuel=1_000_000,
    step_lexer_fuel=50_000,
    step_max_items=50_000,
    max_lexer_states=20_000,
    max_grammar_size=50_000,
    verbose_errors=False,
)
_one_at_a_time = threading.Lock()


class Matcher:
    """How far one answer has followed its grammar."""

    def __init__(self, matcher: LLMatcher, stop_tokens: frozenset[int]) -> None:
        self._matcher = matcher
        self._stop_tokens = stop_tokens

    def mask(self, scores: NDArray[np.float32]) -> None:
        """Set the scores of the tokens that cannot come next to minus infinity.

        Stop tokens may come once the text is complete. Raises SamplingFailure where the grammar has become
        too complex to go on.
        """
        bits = np.frombuffer(self._matcher.compute_bitmask(), np.uint8)
        if self._matcher.is_error():
            raise SamplingFailure("This response_format became too complex while it was followed.")
        allowed = np.zeros(len(scores), np.bool_)
        known = np.unpackbits(bits, count=min(len(scores), 8 * len(bits)), bitorder="little")
        allowed[: len(known)] = known
        allowed[list(self._stop_tokens)] = self._matcher.is_accepting()
        np.copyto(scores, -np.inf, where=~allowed)

    def accept(self, token: int) -> None:
        """Go on by one token that the mask allowed."""
        if token not in self._stop_tokens:
            self._matcher.consume_token(token)


class Grammar:
    """A compiled schema, from which each answer gets a matcher of its own."""

    def __init__(
        self,
        schema: dict[str, Any],
        tokenizer: PreTrainedTokenizerFast,
        stop_tokens: frozenset[int],
        *,
        strict: bool = True,
    ) -> None:
        """Compile; takes milliseconds, and a second for the first schema of a tokenizer.

        Unless `strict`, keywords that cannot be enforced are ignored. Raises InvalidParameter for a schema
        that is wrong, too large, or too complex.
        """
        text = json.dumps(schema)
        if len(text.encode()) > MAX_SCHEMA_BYTES:
            raise InvalidParameter(
                PARAMETER, f"{PARAMETER}: the schema may be {MAX_SCHEMA_BYTES // 1024} KiB at most."
            )
        self._stop_tokens = stop_tokens
        grammar = LLMatcher.grammar_from_json_schema(
            text,
            # As Python's json.dumps writes it. Were blanks free, a model that is unsure could go on for ever.
            overrides={
                "whitespace_flexible": False,
                "item_separator": ", ",
                "key_separator": ": ",
                "lenient": not strict,
            },
        )
        self._matcher = LLMatcher(vocabulary(tokenizer, stop_tokens), grammar, log_level=0, limits=_LIMITS)
        if not self._matcher.is_error():
            # The first mask finds what is too complex, and warms the lexer for every answer.
            self._matcher.compute_bitmask()
        if self._matcher.is_error():
            reason = self._matcher.get_error().strip().splitlines()[0]
            raise InvalidParameter(PARAMETER, f"{PARAMETER}: the schema cannot be followed: {reason}.")

    def matcher(self) -> Matcher:
        """At the beginning of an answer."""
        return Matcher(self._matcher.deep_copy(), self._stop_tokens)


def vocabulary(tokenizer: PreTrainedTokenizerFast, stop_tokens: frozenset[int]) -> LLTokenizer:
    """The bytes of every token, as llguidance keeps them; made once per tokenizer.

    Raises InvalidParameter for a model whose answers could not follow a grammar.
    """
    with _one_at_a_time:
        return _vocabulary(tokenizer, stop_tokens)


@lru_cache(maxsize=2)
def _vocabulary(tokenizer: PreTrainedTokenizerFast, stop_tokens: frozenset[int]) -> LLTokenizer:
    try:
        if stop_tokens:
            return from_tokenizer(tokenizer, eos_token=sorted(stop_tokens))
        reason = "it has no token that ends an answer"
    except ValueError as error:
        reason = str(error)
    raise InvalidParameter(PARAMETER, f"{PARAMETER} is not served for this model: {reason}.")
