"""Who runs in the next step: requests start in order of arrival, long prompts are cut into chunks."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from inference.engine.blocks import BLOCK, BlockPool
from inference.engine.request import Request
from inference.engine.step_costs import StepCosts


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


class Drafts(Protocol):
    """Guesses at the tokens that follow a request's last one."""

    def draft(self, request: Request, *, streams: int, rows: int) -> tuple[int, ...]:
        """Return the guess, where one is worth its cost in a step of so many streams and rows."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """The tokens `start` to `end` of one request, and guesses at those after them, for this step."""

    request: Request
    start: int
    end: int
    draft: tuple[int, ...] = ()

    @property
    def tokens(self) -> Sequence[int]:
        """All tokens to compute, the guesses last."""
        tokens = self.request.tokens(self.start, self.end)
        return [*tokens, *self.draft] if self.draft else tokens

    @property
    def completes(self) -> bool:
        """Whether a next token can be drawn after this chunk."""
        return self.end == self.request.length

    @property
    def is_prefill(self) -> bool:
        return self.start < len(self.request.prompt)


class Scheduler:
    """Holds the waiting and the running requests.

    What a running request may come to need of the cache is promised to it when it starts, so it can always be
    finished. Not thread-safe: the engine guards it with its lock.
    """

    def __init__(
        self,
        pool: BlockPool,
        costs: StepCosts,
        *,
        max_batch: int,
        max_waiting: int,
        context_length: int,
        prefill_chunk: int,
        shares_prefixes: bool = True,
        drafts: Drafts | None = None,
    ) -> None:
        """The context must fit the pool."""
        self.waiting: deque[Request] = deque()
        self.running: list[Request] = []
        self._pool = pool
        self._costs = costs
        self._max_batch = max_batch
        self._max_waiting = max_waiting
        self._context_length = context_length
        self._prefill_chunk = prefill_chunk
        self._shares_prefixes = shares_prefixes
        self._drafts = drafts

    @property
    def has_work(self) -> bool:
        return bool(self.waiting or self.running)

    def add(self, request: Request) -> None:
        """Queue a request; raises ContextLengthExceeded or QueueFull."""
        if request.reserved > self._context_length:
            raise ContextLengthExceeded(
                len(request.prompt), request.sampling.max_tokens, self._context_length
            )
        if len(self.waiting) >= self._max_waiting + self._max_batch - len(self.running):
            raise QueueFull(f"{len(self.waiting)} requests are waiting already.")
        self.waiting.append(request)

    def schedule(self, now: float) -> list[Chunk]:
        """A token, perhaps with guesses, for each request that is decoding; chunks of the oldest prompts."""
        self._admit(now)
        decoding = [request for request in self.running if not request.is_prefilling]
        # Prompts take what a step may last longer; rows of guesses beside them would stretch it further.
        drafts = self._drafts if len(decoding) == len(self.running) else None
        chunks: list[Chunk] = []
        rows = len(decoding)
        for request in decoding:
            draft: tuple[int, ...] = ()
            if drafts is not None:
                draft = drafts.draft(request, streams=len(decoding), rows=rows)
                rows += len(draft)
            chunks.append(self._chunk(request, request.length, draft))
        budget = self._costs.prefill_tokens(rows) if decoding else self._prefill_chunk
        return chunks + self._prefill(min(budget, self._prefill_chunk))

    def publish(self, request: Request) -> None:
        """Let others find the full blocks that this request has computed."""
        if not self._shares_prefixes:
            return
        full = request.computed // BLOCK
        if full > request.published:
            names = request.block_names(full)
            for index in range(request.published, full):
                self._pool.publish(names[index], request.blocks[index])
            request.published = full

    def remove(self, request: Request, *, spoiled: bool = False) -> list[int]:
        """Forget a request and what it holds.

        Returns the blocks to be overwritten where its keys and values are `spoiled`.
        """
        if request.admitted is None:
            self.waiting.remove(request)
            return []
        self.running.remove(request)
        to_clear = self._pool.release(request.blocks, promised=request.promised, spoiled=spoiled)
        request.blocks, request.promised = [], 0
        return to_clear

    def _admit(self, now: float) -> None:
        """Start what fits, strictly in order of arrival: a large request is not overtaken by small ones."""
        while self.waiting and len(self.running) < self._max_batch:
            request = self.waiting[0]
            blocks = -(-request.reserved // BLOCK)
            found = self._pool.reserve(request.block_names(self._shareable(request)), blocks)
            if found is None:
                return
            self.waiting.popleft()
            request.blocks, request.promised = found, blocks - len(found)
            request.computed = request.cached = len(found) * BLOCK
            request.published = len(found)
            request.admitted = now
            self.running.append(request)

    def _prefill(self, budget: int) -> list[Chunk]:
        chunks: list[Chunk] = []
        underway: set[bytes] = set()
        for request in self.running:
            if budget <= 0:
                break
            if not request.is_prefilling:
                continue
            self._adopt(request)
            next_block = request.computed // BLOCK
            # What another computes in this step is there in the next.
            if (
                next_block < self._shareable(request)
                and request.block_names(next_block + 1)[next_block] in underway
            ):
                continue
            end = min(request.computed + budget, len(request.prompt))
            budget -= end - request.computed
            if self._shares_prefixes:
                underway.update(request.block_names(end // BLOCK)[next_block:])
            chunks.append(self._chunk(request, end))
        return chunks

    def _adopt(self, request: Request) -> None:
        """Go on after blocks that another request has published since."""
        for index in range(request.computed // BLOCK, self._shareable(request)):
            block = self._pool.share(request.block_names(index + 1)[index])
            if block is None:
                return
            if index < len(request.blocks):
                self._pool.give_back(request.blocks.pop())
            else:
                request.promised -= 1
            request.blocks.append(block)
            request.cached += (index + 1) * BLOCK - request.computed
            request.computed = (index + 1) * BLOCK
            request.published = index + 1

    def _shareable(self, request: Request) -> int:
        """Blocks of a prompt that may be another's: its last token is always computed, to draw the next."""
        return (len(request.prompt) - 1) // BLOCK if self._shares_prefixes else 0

    def _chunk(self, request: Request, end: int, draft: tuple[int, ...] = ()) -> Chunk:
        """Take the blocks that a chunk fills."""
        for _ in range(-(-(end + len(draft)) // BLOCK) - len(request.blocks)):
            request.blocks.append(self._pool.take())
            request.promised -= 1
        return Chunk(request, request.computed, end, draft)
