"""What one caller asks of the engine, and how far it has come."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import uuid4

from inference.engine.blocks import BLOCK, chain
from inference.engine.logprobs import MAX_TOP_LOGPROBS, TokenLogprobs

if TYPE_CHECKING:
    from inference.engine.grammar import Grammar, Matcher

MAX_STOP_STRINGS = 16
# Below this temperature nothing but the likeliest token is ever drawn, and scores would overflow.
COLDEST = 1e-5


class InvalidParameter(ValueError):
    """A sampling parameter is out of range; `parameter` names it."""

    def __init__(self, parameter: str, message: str) -> None:
        super().__init__(message)
        self.parameter = parameter


@dataclass(frozen=True, slots=True)
class SamplingParameters:
    """How tokens are drawn and when to end; raises InvalidParameter for a value out of range."""

    max_tokens: int = 16
    min_tokens: int = 0
    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0  # 0 and -1 keep every token
    min_p: float = 0.0
    repetition_penalty: float = 1.0
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    seed: int | None = None
    stop: tuple[str, ...] = ()
    ignore_eos: bool = False
    logprobs: int | None = None  # how many of the likeliest tokens to report beside the drawn one
    grammar: Grammar | None = None

    def __post_init__(self) -> None:
        for name, valid, rule in (
            ("max_tokens", self.max_tokens >= 1, "must be at least 1"),
            ("min_tokens", 0 <= self.min_tokens <= self.max_tokens, "must lie between 0 and max_tokens"),
            ("temperature", 0 <= self.temperature <= 2, "must lie between 0 and 2"),
            ("top_p", 0 < self.top_p <= 1, "must be above 0 and at most 1"),
            ("top_k", self.top_k >= -1, "must be -1 or 0 (off) or a positive number"),
            ("min_p", 0 <= self.min_p <= 1, "must lie between 0 and 1"),
            ("repetition_penalty", 0 < self.repetition_penalty <= 10, "must be above 0 and at most 10"),
            ("presence_penalty", -2 <= self.presence_penalty <= 2, "must lie between -2 and 2"),
            ("frequency_penalty", -2 <= self.frequency_penalty <= 2, "must lie between -2 and 2"),
            ("stop", len(self.stop) <= MAX_STOP_STRINGS, f"may hold at most {MAX_STOP_STRINGS} strings"),
            ("stop", all(self.stop), "must not hold an empty string"),
            ("logprobs", 0 <= (self.logprobs or 0) <= MAX_TOP_LOGPROBS, "must lie between 0 and 20"),
            ("ignore_eos", not (self.grammar and self.ignore_eos), "cannot be combined with response_format"),
            ("min_tokens", not (self.grammar and self.min_tokens), "cannot be combined with response_format"),
        ):
            if not valid:
                raise InvalidParameter(name, f"{name} {rule}.")

    @property
    def greedy(self) -> bool:
        return self.temperature < COLDEST or self.top_k == 1

    @property
    def penalised(self) -> bool:
        return self.repetition_penalty != 1 or self.presence_penalty != 0 or self.frequency_penalty != 0


class FinishReason(StrEnum):
    STOP = "stop"
    LENGTH = "length"
    CANCELLED = "cancelled"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Output:
    """A piece of an answer; the piece with a finish reason is the last. `error` says why it failed.

    `logprobs` has one entry for each token drawn since the piece before, where they were asked for.
    """

    text: str
    finish_reason: FinishReason | None = None
    error: str = ""
    logprobs: tuple[TokenLogprobs, ...] = ()

    def followed_by(self, other: Output) -> Output:
        """Two consecutive pieces as one."""
        return Output(
            self.text + other.text, other.finish_reason, other.error, self.logprobs + other.logprobs
        )


@dataclass(slots=True, eq=False)
class Request:
    """One answer being made; past its `timeout`, in seconds from its arrival, it fails.

    `computed` counts the tokens whose keys and values lie in the cache, in `blocks`; `cached` of them were
    there before it came, and its first `published` blocks are there for others. `promised` more blocks will
    be there when it needs them.
    """

    prompt: Sequence[int]
    sampling: SamplingParameters
    deliver: Callable[[Output], None]
    timeout: float | None = None
    id: str = field(default_factory=lambda: uuid4().hex)
    output: list[int] = field(default_factory=list)
    blocks: list[int] = field(default_factory=list)
    promised: int = 0
    computed: int = 0
    cached: int = 0
    published: int = 0
    cancelled: bool = False
    finish_reason: FinishReason | None = None
    arrived: float = field(default_factory=time.monotonic)
    admitted: float | None = None
    first_token: float | None = None
    finished: float | None = None
    random: random.Random = field(init=False)
    matcher: Matcher | None = field(init=False)
    _block_names: list[bytes] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.sampling.seed)
        self.matcher = None if self.sampling.grammar is None else self.sampling.grammar.matcher()

    @property
    def length(self) -> int:
        return len(self.prompt) + len(self.output)

    @property
    def reserved(self) -> int:
        """Tokens of context that this request may come to need."""
        return len(self.prompt) + self.sampling.max_tokens

    @property
    def is_prefilling(self) -> bool:
        return self.computed < len(self.prompt)

    def is_late(self, now: float) -> bool:
        """Whether its deadline has passed."""
        return self.timeout is not None and now - self.arrived > self.timeout

    def block_names(self, count: int) -> Sequence[bytes]:
        """The names of its first `count` blocks, which must be full of tokens."""
        names = self._block_names
        for index in range(len(names), count):
            tokens = self.tokens(index * BLOCK, (index + 1) * BLOCK)
            names.append(chain(names[-1] if names else b"", tokens))
        return names[:count]

    def tokens(self, start: int, end: int) -> Sequence[int]:
        """Prompt and output as one sequence, from `start` up to `end`."""
        if end <= len(self.prompt):
            return self.prompt[start:end]
        if start >= len(self.prompt):
            return self.output[start - len(self.prompt) : end - len(self.prompt)]
        return [*self.prompt[start:], *self.output[: end - len(self.prompt)]]
