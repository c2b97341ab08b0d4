"""Continuous batching: schedule, run, sample, emit, step by step."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from inference.engine.answer import Answer
from inference.engine.loader import LanguageModel, LoadError
from inference.engine.model_runner import ModelRunner
from inference.engine.request import FinishReason, Output, Request, SamplingParameters
from inference.engine.sampler import SamplingFailure, sample
from inference.engine.scheduler import Chunk, Scheduler

logger = logging.getLogger(__name__)

SHORTEST_CONTEXT = 256
LONGEST_RETRY_SECONDS = 60


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """How much the engine takes on at once.

    `cache_gib` bounds the keys and values of all slots. While others stream, a prompt advances by
    `shared_prefill_chunk` tokens a step, otherwise by `prefill_chunk`.
    """

    max_batch: int = 8
    max_waiting: int = 64
    context_length: int | None = None
    cache_gib: float = 4.0
    prefill_chunk: int = 256
    shared_prefill_chunk: int = 64

    def __post_init__(self) -> None:
        for name in ("max_batch", "cache_gib", "prefill_chunk", "shared_prefill_chunk"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be above 0.")
        if self.max_waiting < 0:
            raise ValueError("max_waiting must not be negative.")
        if self.context_length is not None and self.context_length < 2:
            raise ValueError("context_length must be at least 2.")


class Engine:
    """Serves many requests at once from one model.

    One thread calls `step` while there is work; `submit`, `cancel` and the counts may be used from any
    thread.
    """

    def __init__(self, model: LanguageModel, config: EngineConfig | None = None) -> None:
        """Raises LoadError where the model cannot run here as configured."""
        config = config or EngineConfig()
        self.model = model
        self.context_length = _context_length(model, config)
        self._runner = ModelRunner(model, slots=config.max_batch, context_length=self.context_length)
        self._scheduler = Scheduler(
            slots=config.max_batch,
            context_length=self.context_length,
            max_waiting=config.max_waiting,
            prefill_chunk=config.prefill_chunk,
            shared_prefill_chunk=config.shared_prefill_chunk,
        )
        self._answers: dict[Request, Answer] = {}
        self._lock = threading.Lock()
        self._progress = time.monotonic()
        self._seconds_per_answer = 1.0

    def submit(
        self, prompt: Sequence[int], sampling: SamplingParameters, deliver: Callable[[Output], None]
    ) -> Request:
        """Queue a request. `deliver` is called with its outputs by the stepping thread and must not block.

        Raises ValueError for an empty prompt, QueueFull or ContextLengthExceeded.
        """
        if not prompt:
            raise ValueError("The prompt is empty.")
        request = Request(prompt, sampling, deliver)
        answer = Answer(request, self.model.tokenizer.backend_tokenizer, self.model.stop_tokens)
        with self._lock:
            if not self._scheduler.has_work:
                self._progress = time.monotonic()
            self._scheduler.add(request)
            self._answers[request] = answer
        return request

    def cancel(self, request: Request) -> None:
        """Mark a request: it leaves at the next step, wherever it is."""
        request.cancelled = True

    @property
    def has_work(self) -> bool:
        return self._scheduler.has_work

    @property
    def running(self) -> int:
        return len(self._scheduler.running)

    @property
    def waiting(self) -> int:
        return len(self._scheduler.waiting)

    @property
    def stalled_for(self) -> float:
        """Seconds without progress although there is work."""
        return time.monotonic() - self._progress if self.has_work else 0.0

    @property
    def retry_after(self) -> int:
        """Whole seconds after which a request that was refused now will probably be taken."""
        rounds = (self.waiting + 1) / self._scheduler.slots
        return min(max(1, math.ceil(self._seconds_per_answer * rounds)), LONGEST_RETRY_SECONDS)

    def step(self) -> None:
        """Advance every running request by one token, and prompts by a chunk."""
        chunks = self._schedule()
        if chunks:
            logits, requests = self._runner.run(chunks)
            tokens = sample(logits, requests, self.model.stop_tokens)
            self._emit(requests, tokens)
        self._progress = time.monotonic()

    def fail_all(self, message: str) -> None:
        """Tell every open request that it failed, and start over with an empty cache."""
        for request in (*self._scheduler.running, *self._scheduler.waiting):
            self._finish(request, Output("", FinishReason.ERROR, message))
        self._runner.clear()

    def _schedule(self) -> list[Chunk]:
        with self._lock:
            cancelled = [request for request in self._answers if request.cancelled]
        for request in cancelled:
            self._finish(request, Output("", FinishReason.CANCELLED))
        with self._lock:
            return self._scheduler.schedule()

    def _emit(self, requests: Sequence[Request], tokens: Sequence[int | SamplingFailure]) -> None:
        for request, token in zip(requests, tokens, strict=True):
            try:
                self._advance(request, token)
            except Exception as error:
                logger.exception("Request %s failed.", request.id)
                if request.slot is not None:
                    self._runner.clear_slot(request.slot)
                self._finish(request, Output("", FinishReason.ERROR, str(error)))

    def _advance(self, request: Request, token: int | SamplingFailure) -> None:
        if isinstance(token, SamplingFailure):
            raise token
        if request.first_token is None:
            request.first_token = time.monotonic()
        output = self._answers[request].add(token)
        if output.finish_reason is not None:
            self._finish(request, output)
        elif output.text:
            request.deliver(output)

    def _finish(self, request: Request, output: Output) -> None:
        with self._lock:
            self._scheduler.remove(request)
            del self._answers[request]
        request.finished = time.monotonic()
        request.finish_reason = output.finish_reason
        if request.admitted is not None:
            self._seconds_per_answer += 0.2 * (request.finished - request.admitted - self._seconds_per_answer)
        try:
            request.deliver(output)
        except Exception:
            logger.warning("Nobody was there to take the end of request %s.", request.id, exc_info=True)


def _context_length(model: LanguageModel, config: EngineConfig) -> int:
    """Tokens per slot: what was asked for, or as much as the model reads and the memory holds."""
    wanted = config.context_length or model.context_length
    if wanted > model.context_length:
        raise LoadError(
            f"A context of {wanted} tokens was asked for, but the model reads {model.context_length}."
        )
    per_token = ModelRunner(model, slots=1, context_length=1).measure_bytes_per_token()
    fitting = int(config.cache_gib * 2**30 / per_token / config.max_batch)
    if fitting < (config.context_length or min(wanted, SHORTEST_CONTEXT)):
        raise LoadError(
            f"A cache of {config.cache_gib:g} GiB holds {config.max_batch} requests of {fitting} tokens, "
            f"{per_token / 1024:.0f} KiB a token. Raise the cache or lower the batch."
        )
    return min(wanted, fitting)
