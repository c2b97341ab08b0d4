"""Continuous batching: schedule, run, sample, emit, step by step."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from inference.engine.answer import Answer
from inference.engine.batch import pack
from inference.engine.blocks import BLOCK, BlockPool
from inference.engine.cache_size import CacheTooSmall, memory_of, size_cache
from inference.engine.loader import LanguageModel, LoadError
from inference.engine.request import FinishReason, Output, Request, SamplingParameters
from inference.engine.runners import Runner, choose_runner
from inference.engine.sampler import Drawn, SamplingFailure, Wanted, sample
from inference.engine.scheduler import Chunk, Scheduler
from inference.engine.speculation import Speculation
from inference.engine.step_costs import StepCosts

logger = logging.getLogger(__name__)

LONGEST_RETRY_SECONDS = 60


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """How much the engine takes on at once.

    `cache_gib` bounds the keys and values of all requests; 0 chooses by the model and the machine. Prompts
    advance by `prefill_chunk` tokens a step at most, and by so few that the step stays short while others
    stream.
    """

    max_batch: int = 16
    max_waiting: int = 64
    context_length: int | None = None
    cache_gib: float = 0.0
    prefill_chunk: int = 512
    speculate: bool = True

    def __post_init__(self) -> None:
        for name in ("max_batch", "prefill_chunk"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be above 0.")
        for name in ("max_waiting", "cache_gib"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be negative.")
        if self.context_length is not None and self.context_length < 2:
            raise ValueError("context_length must be at least 2.")


@dataclass(slots=True)
class EngineStatistics:
    """What the engine has done since it was loaded, and how full its cache was after the last step."""

    prompt_tokens_computed: int = 0
    prompt_tokens_cached: int = 0
    generated_tokens: int = 0
    drafts_offered: int = 0
    drafts_accepted: int = 0
    steps: int = 0
    blocks_used: int = 0
    blocks_cached: int = 0
    blocks_total: int = 0


class Engine:
    """Serves many requests at once from one model.

    One thread calls `step` while there is work; `submit`, `cancel` and the counts may be used from any
    thread.
    """

    def __init__(
        self,
        model: LanguageModel,
        config: EngineConfig | None = None,
        *,
        runner: Runner | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Raises LoadError where the model cannot run here as configured."""
        config = config or EngineConfig()
        self.model = model
        self._runner = runner or choose_runner(model)
        try:
            self.context_length, blocks = size_cache(
                self._runner.bytes_per_token,
                reads=model.context_length,
                context_length=config.context_length,
                cache_gib=config.cache_gib,
                memory=memory_of(model.network.device),
            )
        except CacheTooSmall as error:
            raise LoadError(str(error)) from error
        if not self._runner.shares_prefixes:
            blocks = min(blocks, config.max_batch * -(-self.context_length // BLOCK))
        self._runner.allocate(blocks)
        self._pool = BlockPool(blocks)
        self._costs = StepCosts()
        speculates = config.speculate and self._runner.verifies_drafts
        self._speculation = Speculation(self._costs) if speculates else None
        self._scheduler = Scheduler(
            self._pool,
            self._costs,
            max_batch=config.max_batch,
            max_waiting=config.max_waiting,
            context_length=self.context_length,
            prefill_chunk=config.prefill_chunk,
            shares_prefixes=self._runner.shares_prefixes,
            drafts=self._speculation,
        )
        self.statistics = EngineStatistics(blocks_total=blocks)
        self._max_batch = config.max_batch
        self._answers: dict[Request, Answer] = {}
        self._outbox: dict[Request, Output] = {}
        self._lock = threading.Lock()
        self._clock = clock
        self._progress = clock()
        self._seconds_per_answer = 1.0

    def submit(
        self,
        prompt: Sequence[int],
        sampling: SamplingParameters,
        deliver: Callable[[Output], None],
        *,
        timeout: float | None = None,
    ) -> Request:
        """Queue a request; `timeout` is in seconds from now, whatever happens to the request in them.

        `deliver` is called with its outputs by the stepping thread, at most once a step, and must not block.
        Raises ValueError for an empty prompt, QueueFull or ContextLengthExceeded.
        """
        if not prompt:
            raise ValueError("The prompt is empty.")
        request = Request(prompt, sampling, deliver, timeout, arrived=self._clock())
        answer = Answer(request, self.model.tokenizer.backend_tokenizer, self.model.stop_tokens)
        with self._lock:
            if not self._scheduler.has_work:
                self._progress = self._clock()
            self._scheduler.add(request)
            self._answers[request] = answer
        return request

    def cancel(self, request: Request) -> None:
        """Mark a request: it leaves at the next step, wherever it is."""
        request.cancelled = True

    @property
    def runner_name(self) -> str:
        """`native`, `transformers` or `fallback`: what runs the model."""
        return self._runner.name

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
    def owes_first_token(self) -> bool:
        """Whether somebody waits for the first token of an answer."""
        running = tuple(self._scheduler.running)
        return self.waiting > 0 or any(request.first_token is None for request in running)

    @property
    def stalled_for(self) -> float:
        """Seconds without progress although there is work."""
        return self._clock() - self._progress if self.has_work else 0.0

    @property
    def retry_after(self) -> int:
        """Whole seconds after which a request that was refused now will probably be taken."""
        rounds = (self.waiting + 1) / self._max_batch
        return min(max(1, math.ceil(self._seconds_per_answer * rounds)), LONGEST_RETRY_SECONDS)

    def step(self) -> None:
        """Advance every running request by a token or more, and prompts by a chunk."""
        begun = self._clock()
        self._end_those_given_up(begun)
        with self._lock:
            chunks = self._scheduler.schedule(begun)
        if chunks:
            drawn = self._run(chunks)
            self._learn(chunks, self._clock() - begun)
            for chunk, tokens in zip(chunks, drawn, strict=True):
                self._advance(chunk, tokens)
        self._count_blocks()
        self._deliver()
        self._progress = self._clock()

    def fail_all(self, message: str) -> None:
        """Tell every open request that it failed, and start over with an empty cache."""
        with self._lock:
            requests = list(self._answers)
        for request in requests:
            self._finish(request, Output("", FinishReason.ERROR, message))
        self._pool.clear()
        self._runner.clear()
        self._count_blocks()
        self._deliver()

    def _end_those_given_up(self, now: float) -> None:
        with self._lock:
            given_up = [request for request in self._answers if request.cancelled or request.is_late(now)]
        for request in given_up:
            if request.cancelled:
                self._finish(request, Output("", FinishReason.CANCELLED))
            else:
                late = f"The answer took longer than {request.timeout:g} seconds."
                self._finish(request, Output("", FinishReason.ERROR, late))

    def _run(self, chunks: Sequence[Chunk]) -> list[Sequence[Drawn] | SamplingFailure]:
        """What was drawn for each chunk: nothing where it does not complete its request."""
        logits = self._runner.run(pack(chunks))
        wanted = [Wanted(chunk.request, chunk.draft) for chunk in chunks if chunk.completes]
        drawn = iter(sample(logits, wanted, self.model.stop_tokens))
        return [next(drawn) if chunk.completes else () for chunk in chunks]

    def _learn(self, chunks: Sequence[Chunk], seconds: float) -> None:
        prefill = sum(chunk.end - chunk.start for chunk in chunks if chunk.is_prefill)
        rows = sum(1 + len(chunk.draft) for chunk in chunks if not chunk.is_prefill)
        self._costs.observe(rows, prefill, seconds)
        self.statistics.steps += 1
        self.statistics.prompt_tokens_computed += prefill

    def _advance(self, chunk: Chunk, drawn: Sequence[Drawn] | SamplingFailure) -> None:
        request = chunk.request
        try:
            if isinstance(drawn, SamplingFailure):
                raise drawn
            request.computed = chunk.end
            output = self._write(request, drawn) if drawn else None
            if chunk.draft:
                self._judge(chunk, len(drawn) - 1)
            self._scheduler.publish(request)
        except Exception as error:
            logger.exception("Request %s failed.", request.id)
            self._finish(request, Output("", FinishReason.ERROR, str(error)), spoiled=True)
            return
        if output is not None and output.finish_reason is not None:
            self._finish(request, output)
        elif output is not None and (output.text or output.logprobs):
            self._post(request, output)

    def _write(self, request: Request, drawn: Sequence[Drawn]) -> Output:
        """Add tokens to an answer until it ends; the keys and values of all but the last are in the cache."""
        if request.first_token is None:
            request.first_token = self._clock()
            self.statistics.prompt_tokens_cached += request.cached
        answer = self._answers[request]
        output = answer.add(drawn[0])
        for one in drawn[1:]:
            if output.finish_reason is not None:
                break
            output = output.followed_by(answer.add(one))
            request.computed += 1
            self.statistics.generated_tokens += 1
        self.statistics.generated_tokens += 1
        return output

    def _judge(self, chunk: Chunk, accepted: int) -> None:
        self.statistics.drafts_offered += len(chunk.draft)
        self.statistics.drafts_accepted += accepted
        if self._speculation is not None:
            self._speculation.verified(chunk.request, len(chunk.draft), accepted)

    def _finish(self, request: Request, output: Output, *, spoiled: bool = False) -> None:
        """Take a request out of the engine; `output` is the last that its reader gets."""
        with self._lock:
            to_clear = self._scheduler.remove(request, spoiled=spoiled)
            del self._answers[request]
        self._runner.clear_blocks(to_clear)
        self._runner.forget(request.id)
        if self._speculation is not None:
            self._speculation.forget(request)
        request.finished = self._clock()
        request.finish_reason = output.finish_reason
        if request.admitted is not None:
            self._seconds_per_answer += 0.2 * (request.finished - request.admitted - self._seconds_per_answer)
        self._post(request, output)

    def _post(self, request: Request, output: Output) -> None:
        waiting = self._outbox.get(request)
        self._outbox[request] = output if waiting is None else waiting.followed_by(output)

    def _count_blocks(self) -> None:
        self.statistics.blocks_used = self._pool.used
        self.statistics.blocks_cached = self._pool.cached

    def _deliver(self) -> None:
        """Hand over what the step brought. A reader that fails ends its own request only."""
        while self._outbox:
            request = next(iter(self._outbox))
            output = self._outbox.pop(request)
            try:
                request.deliver(output)
            except Exception as error:
                if output.finish_reason is not None:
                    logger.warning(
                        "Nobody was there to take the end of request %s.", request.id, exc_info=True
                    )
                    continue
                logger.exception("Request %s failed.", request.id)
                self._finish(request, Output("", FinishReason.ERROR, str(error)))
