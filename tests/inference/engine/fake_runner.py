"""A runner without a network: it says what its rows ask for, and time passes as told."""

from collections.abc import Callable, Sequence

import torch

from inference.engine.batch import Batch

VOCABULARY = 320


class Clock:
    """Time that passes only when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class FakeRunner:
    """The likeliest token after another is the one that `following` names."""

    name = "fake"
    shares_prefixes = True
    verifies_drafts = True
    bytes_per_token = 1024

    def __init__(
        self,
        clock: Clock,
        *,
        following: Callable[[int], int] = lambda token: 2 + (token + 1) % 300,
        seconds: Callable[[Batch], float] = lambda batch: 0.01,
    ) -> None:
        self.batches: list[Batch] = []
        self.cleared: list[int] = []
        self.forgotten: list[str] = []
        self._clock = clock
        self._following = following
        self._seconds = seconds

    def allocate(self, blocks: int) -> None:
        self.blocks = blocks

    def run(self, batch: Batch) -> torch.Tensor:
        self.batches.append(batch)
        self._clock.now += self._seconds(batch)
        logits = torch.zeros(len(batch.wanted), VOCABULARY)
        for row, place in enumerate(batch.wanted.tolist()):
            logits[row, self._following(int(batch.tokens[place]))] = 100.0
        return logits

    def clear_blocks(self, blocks: Sequence[int]) -> None:
        self.cleared.extend(blocks)

    def clear(self) -> None:
        self.batches.clear()

    def forget(self, request_id: str) -> None:
        self.forgotten.append(request_id)
