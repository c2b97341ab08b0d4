"""Which texts pass the encoder together."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass

# More rows do not make a product quicker on a processor's few cores, only later.
TOKENS_PER_BATCH = 512


@dataclass(frozen=True, slots=True)
class Embeddings:
    """One L2-normalised vector per text, in the order of the texts, and the count of tokens read."""

    vectors: list[list[float]]
    token_count: int


def fail(result: Future[Embeddings], error: Exception) -> None:
    """End a request without vectors; nothing happens where it has ended or was cancelled."""
    if _may_end(result):
        result.set_exception(error)


def _may_end(result: Future[Embeddings]) -> bool:
    return not result.done() and result.set_running_or_notify_cancel()


class EncodingJob:
    """The texts of one request, as tokens, and the vectors that they have so far.

    `result` is done with the last vector. Whoever waits for it may cancel it.
    """

    def __init__(self, tokens: list[list[int]], result: Future[Embeddings] | None = None) -> None:
        self.tokens = tokens
        self.result: Future[Embeddings] = result or Future()
        self._vectors: list[list[float]] = [[] for _text in tokens]
        self._missing = len(tokens)
        self._waiting = sorted(range(len(tokens)), key=self._length)
        self._end_if_complete()

    @property
    def is_waiting(self) -> bool:
        """Whether it has texts that no batch has taken, and someone who wants them."""
        return bool(self._waiting) and not self.result.done()

    def longest(self, limit: float = math.inf) -> int:
        """Tokens of the longest text up to `limit` tokens that no batch has taken; 0 where there is none."""
        end = bisect_right(self._waiting, limit, key=self._length)
        return self._length(self._waiting[end - 1]) if end else 0

    def take(self, width: int, count: int) -> list[int]:
        """Indexes of up to `count` texts that no batch has taken: the longest up to `width` tokens.

        Padding costs as much as text does, so none shorter than half of `width` comes along.
        """
        end = bisect_right(self._waiting, width, key=self._length)
        start = max(bisect_left(self._waiting, (width + 1) // 2, key=self._length), end - count)
        taken = self._waiting[start:end]
        del self._waiting[start:end]
        return taken

    def answer(self, index: int, vector: list[float]) -> None:
        """Keep the vector of a text that was taken; once for each."""
        self._vectors[index] = vector
        self._missing -= 1
        self._end_if_complete()

    def _end_if_complete(self) -> None:
        if not self._missing and _may_end(self.result):
            self.result.set_result(Embeddings(self._vectors, sum(map(len, self.tokens))))

    def _length(self, index: int) -> int:
        return len(self.tokens[index])


class EncoderBatches:
    """Jobs in turn: each batch begins with the next one's longest text, and all jobs' like texts fill it up.

    So a question does not wait for the thousand passages that came before it. For one thread.
    """

    def __init__(self, tokens_per_batch: int = TOKENS_PER_BATCH) -> None:
        self._tokens_per_batch = tokens_per_batch
        self._jobs: deque[EncodingJob] = deque()

    @property
    def jobs(self) -> list[EncodingJob]:
        """Those with texts that wait; they leave when they are cancelled or have failed."""
        self._jobs = deque(job for job in self._jobs if job.is_waiting)
        return list(self._jobs)

    def add(self, job: EncodingJob) -> None:
        """Let the job's texts wait."""
        self._jobs.append(job)

    def take(self) -> list[tuple[EncodingJob, int]]:
        """The next batch as jobs and indexes of their texts; empty where nothing waits.

        Padded to its longest text it is within the tokens of a batch, or it is one text only.
        """
        jobs = self.jobs
        if not jobs:
            return []
        first = jobs[0].longest()
        batch = [(jobs[0], index) for index in jobs[0].take(first, 1)]
        width = max(first, *(job.longest(2 * first) for job in jobs), 1)
        room = self._tokens_per_batch // width
        for job in jobs:
            batch += [(job, index) for index in job.take(width, max(0, room - len(batch)))]
        self._jobs.rotate(-1)
        return batch
