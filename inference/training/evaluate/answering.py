"""Answers of a version through the engine, as the model server gives them, but always the likeliest token."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import TemplateError

from inference.engine.engine import Engine, EngineConfig
from inference.engine.loader import LanguageModel, LoadError, Precision, load
from inference.engine.markers import without_markers
from inference.engine.request import FinishReason, Output, Request, SamplingParameters
from inference.training.refusal import Refusal

Message = dict[str, str]

_AT_ONCE = 4


class CannotAnswer(Refusal):
    """The version cannot be run, or not on this; one sentence says why."""

    code = "bad_network"


@dataclass(frozen=True, slots=True)
class Timing:
    """How long an answer of `tokens` tokens took: seconds to its first token, and in all."""

    tokens: int
    first: float
    whole: float


class Writer:
    """One version, loaded as it is served."""

    def __init__(
        self, folder: Path, *, precision: Precision, threads: int, kernel_cache: Path | None
    ) -> None:
        """Raises CannotAnswer."""
        began = time.perf_counter()
        try:
            self.model: LanguageModel = load(folder, precision, threads=threads, kernel_cache=kernel_cache)
            self.engine = Engine(self.model, EngineConfig(max_batch=_AT_ONCE, max_waiting=10_000))
        except LoadError as error:
            raise CannotAnswer(str(error)) from error
        self.load_seconds = time.perf_counter() - began

    def answers(self, asked: Sequence[Sequence[Message]], max_tokens: int) -> Iterator[tuple[int, str]]:
        """Yield the place of each conversation and what the version says next, in the order of the places.

        Conversations too long for it lose their first turns. Raises CannotAnswer.
        """
        sampling = SamplingParameters(max_tokens=max_tokens, temperature=0.0)
        for start in range(0, len(asked), _AT_ONCE):
            texts: list[list[Output]] = []
            for messages in asked[start : start + _AT_ONCE]:
                outputs: list[Output] = []
                texts.append(outputs)
                self.engine.submit(self._prompt(messages, max_tokens), sampling, outputs.append)
            self._run()
            for place, outputs in enumerate(texts, start):
                if outputs[-1].finish_reason is FinishReason.ERROR:
                    raise CannotAnswer(f"The engine failed: {outputs[-1].error}")
                yield place, "".join(output.text for output in outputs).strip()

    def timed(self, messages: Sequence[Message], tokens: int) -> Timing:
        """Write exactly `tokens` tokens, alone, and tell how long it took. Raises CannotAnswer."""
        sampling = SamplingParameters(max_tokens=tokens, temperature=0.0, ignore_eos=True)
        outputs: list[Output] = []
        request: Request = self.engine.submit(self._prompt(messages, tokens), sampling, outputs.append)
        self._run()
        if outputs[-1].finish_reason is FinishReason.ERROR:
            raise CannotAnswer(f"The engine failed: {outputs[-1].error}")
        assert request.first_token is not None and request.finished is not None
        return Timing(
            len(request.output), request.first_token - request.arrived, request.finished - request.arrived
        )

    def _run(self) -> None:
        while self.engine.has_work:
            self.engine.step()

    def _prompt(self, messages: Sequence[Message], max_tokens: int) -> list[int]:
        room = self.engine.context_length - max_tokens
        if room < 1:
            raise CannotAnswer(
                f"The version reads {self.engine.context_length} tokens, too few for answers of {max_tokens}."
            )
        for start in range(len(messages)):
            kept = [
                message
                for place, message in enumerate(messages)
                if place >= start or message["role"] == "system"
            ]
            tokens = self._tokens(kept)
            if len(tokens) <= room:
                return tokens
        return tokens[-room:]

    def _tokens(self, messages: Sequence[Message]) -> list[int]:
        tokenizer = self.model.tokenizer
        spoken = [
            {"role": message["role"], "content": without_markers(tokenizer, str(message["content"]))}
            for message in messages
        ]
        try:
            text = tokenizer.apply_chat_template(spoken, tokenize=False, add_generation_prompt=True)
        except (TemplateError, ValueError, TypeError, IndexError) as error:
            raise CannotAnswer(f"The version's chat template refuses these messages: {error}") from error
        return list(tokenizer.backend_tokenizer.encode(text, add_special_tokens=False).ids)
