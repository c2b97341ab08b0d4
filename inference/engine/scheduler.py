"""Who runs in the next step: slots are given in order of arrival, long prompts are cut into chunks."""

import heapq
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from inference.engine.request import Request


class ContextLengthExceeded(ValueError):
    """Prompt and answer together would not fit the context."""

    def __init__(self, prompt_tokens: int, max_tokens: int, context_length: int) -> None:
        super().__init__(
            f"This model's context holds {context_length} tokens, but the request needs "
            f"{prompt_tokens + max_tokens}: {prompt_tokens} in the prompt and {max_tokens} for the answer. "
            "Shorten the prompt or lower max_tokens."
        )


class QueueFull(RuntimeError):
    """As many requests wait as the engine accepts; trying again later can help."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """The tokens `start` to `end` of one request, to be computed in this step."""

    request: Request
    start: int
    end: int

    @property
    def tokens(self) -> Sequence[int]:
        return self.request.tokens(self.start, self.end)

    @property
    def completes(self) -> bool:
        """Whether a next token can be drawn after this chunk."""
        return self.end == self.request.length

    @property
    def is_decode(self) -> bool:
        return self.end - self.start == 1


class Scheduler:
    """Holds the waiting and the running requests.

    A running request owns a slot of `context_length` tokens, so that what was admitted can always be
    finished. Not thread-safe: the engine guards it with its lock.
    """

    def __init__(
        self,
        *,
        slots: int,
        context_length: int,
        max_waiting: int,
        prefill_chunk: int,
        shared_prefill_chunk: int,
    ) -> None:
        self.context_length = context_length
        self.slots = slots
        self.waiting: deque[Request] = deque()
        self.running: list[Request] = []
        self._free_slots = list(range(slots))
        self._max_waiting = max_waiting
        self._prefill_chunk = prefill_chunk
        self._shared_prefill_chunk = shared_prefill_chunk

    @property
    def has_work(self) -> bool:
        return bool(self.waiting or self.running)

    def add(self, request: Request) -> None:
        """Queue a request; raises ContextLengthExceeded or QueueFull."""
        if request.reserved > self.context_length:
            raise ContextLengthExceeded(len(request.prompt), request.sampling.max_tokens, self.context_length)
        if len(self.waiting) >= self._max_waiting + len(self._free_slots):
            raise QueueFull(f"{len(self.waiting)} requests are waiting already.")
        self.waiting.append(request)

    def schedule(self) -> list[Chunk]:
        """One token for each request that is decoding, and a bounded chunk of the oldest prompts."""
        self._admit()
        decoding = [request for request in self.running if not request.is_prefilling]
        chunks = [Chunk(request, request.computed, request.length) for request in decoding]
        budget = self._shared_prefill_chunk if decoding else self._prefill_chunk
        for request in self.running:
            if request.is_prefilling and budget > 0:
                end = min(request.computed + budget, len(request.prompt))
                budget -= end - request.computed
                chunks.append(Chunk(request, request.computed, end))
        return chunks

    def remove(self, request: Request) -> None:
        """Forget a request and free its slot."""
        if request.slot is None:
            self.waiting.remove(request)
            return
        self.running.remove(request)
        heapq.heappush(self._free_slots, request.slot)
        request.slot = None

    def _admit(self) -> None:
        while self.waiting and self._free_slots:
            request = self.waiting.popleft()
            # The lowest free slots are used first: running requests lie close together, and are read as one
            # block.
            request.slot = heapq.heappop(self._free_slots)
            request.admitted = time.monotonic()
            self.running.append(request)
