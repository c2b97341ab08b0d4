"""Whose turn it is on the cores: a step of the engine, or a piece of the encoder's work."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# A piece that has lasted so long pauses for a step that waits. The vector of one short question takes less.
PIECE_SECONDS = 0.01


class Turns:
    """A lock that alternates between steps and pieces where both wait, so that neither starves the other.

    Two computations on the same cores at once would each take several times as long: every parallel part of
    a step waits for its slowest thread. Equals wait in order of arrival.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._taken = False
        self._steps: deque[threading.Event] = deque()
        self._pieces: deque[threading.Event] = deque()
        self._piece_began = 0.0

    @contextmanager
    def step(self) -> Iterator[None]:
        """Hold the cores for one step. At most one piece, up to where it next gives way, comes before it."""
        self._take(self._steps)
        try:
            yield
        finally:
            self._pass_on(self._pieces, self._steps)

    @contextmanager
    def piece(self) -> Iterator[None]:
        """Hold the cores for a piece of work. At most one step comes before the first piece that waits."""
        self._take(self._pieces)
        self._piece_began = self._clock()
        try:
            yield
        finally:
            self._pass_on(self._steps, self._pieces)

    def give_way(self) -> None:
        """Let a step that waits go first. For whoever holds a piece, wherever the work can pause.

        Returns at once while no step waits, or while the piece is younger than PIECE_SECONDS.
        """
        if self._steps and self._clock() - self._piece_began >= PIECE_SECONDS:
            self._pass_on(self._steps, self._pieces)
            self._take(self._pieces)
            self._piece_began = self._clock()

    def _take(self, queue: deque[threading.Event]) -> None:
        with self._lock:
            if not self._taken:
                self._taken = True
                return
            mine = threading.Event()
            queue.append(mine)
        mine.wait()

    def _pass_on(self, first: deque[threading.Event], second: deque[threading.Event]) -> None:
        with self._lock:
            queue = first or second
            if queue:
                queue.popleft().set()
            else:
                self._taken = False
