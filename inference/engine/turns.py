"""Whose turn it is on the cores: a step of the engine, a piece of the encoder's work, or what can wait."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# A piece that has lasted so long pauses for a step that waits. The vector of one short question takes less.
PIECE_SECONDS = 0.01
# What can wait rests so long after a piece, because an answer often begins with one: a question's vector.
LULL_SECONDS = 0.1
# Having waited so long it counts as a piece.
SPARE_PATIENCE_SECONDS = 1.5
_LOOK_AGAIN_SECONDS = 0.02


class Turns:
    """A lock that alternates between steps and pieces where both wait, so that neither starves the other.

    Two computations on the same cores at once would each take several times as long: every parallel part of
    a step waits for its slowest thread. Equals wait in order of arrival. Spare time is what neither wants,
    and what lies between two steps while nobody that it heeds is hurried: no answer waits to begin.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._heeded: tuple[Callable[[], bool], ...] = ()
        self._clock = clock
        self._lock = threading.Lock()
        self._taken = False
        self._steps: deque[threading.Event] = deque()
        self._pieces: deque[threading.Event] = deque()
        self._piece_began = 0.0
        self._piece_ended = -LULL_SECONDS
        # The one who waits for spare time; whether the holder has the cores as spare time; its waits so far.
        self._only_spare = threading.Lock()
        self._spare: threading.Event | None = None
        self._is_spare = False
        self._spare_waited = 0.0

    def heed(self, is_hurried: Callable[[], bool]) -> None:
        """Leave no spare time from now on while `is_hurried` says yes."""
        with self._lock:
            self._heeded += (is_hurried,)

    def ignore(self, is_hurried: Callable[[], bool]) -> None:
        """Take back what `heed` was told."""
        with self._lock:
            self._heeded = tuple(heeded for heeded in self._heeded if heeded is not is_hurried)

    def is_hurried(self) -> bool:
        """Whether anybody waits for an answer to begin."""
        return any(is_hurried() for is_hurried in self._heeded)

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
            self._piece_ended = self._clock()
            self._pass_on(self._steps, self._pieces)

    @contextmanager
    def spare(self) -> Iterator[None]:
        """Hold the cores for work that can wait, in spare time, one at a time.

        Whoever comes meanwhile goes first at the next `give_way`. After SPARE_PATIENCE_SECONDS of waiting in
        all, the rest is done as a piece.
        """
        with self._only_spare:
            self._spare_waited = 0.0
            self._take_spare()
            try:
                yield
            finally:
                self._pass_on(self._steps, self._pieces)

    def give_way(self) -> None:
        """Let others go first. For whoever holds a piece or spare time, wherever the work can pause.

        A piece waits for a step, once it is PIECE_SECONDS old; spare time is over as soon as anybody waits.
        """
        if self._is_spare:
            if self._steps or self._pieces or self._is_busy():
                self._pass_on(self._steps, self._pieces)
                self._take_spare()
        elif self._steps and self._clock() - self._piece_began >= PIECE_SECONDS:
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

    def _take_spare(self) -> None:
        """Take the cores in spare time, or as a piece when patience has ended."""
        began = self._clock()
        while self._spare_waited + self._clock() - began < SPARE_PATIENCE_SECONDS:
            with self._lock:
                if not self._taken and not self._is_busy():
                    self._taken = self._is_spare = True
                    break
                mine = self._spare = threading.Event()
            mine.wait(_LOOK_AGAIN_SECONDS)
            with self._lock:
                if mine.is_set():
                    break
                self._spare = None
        else:
            self._take(self._pieces)
            self._piece_began = self._clock()
        self._spare_waited += self._clock() - began

    def _is_busy(self) -> bool:
        return self._clock() - self._piece_ended < LULL_SECONDS or self.is_hurried()

    def _pass_on(self, first: deque[threading.Event], second: deque[threading.Event]) -> None:
        with self._lock:
            queue = first or second
            self._is_spare = False
            if queue:
                queue.popleft().set()
            elif self._spare is not None and not self._is_busy():
                self._is_spare = True
                self._spare.set()
                self._spare = None
            else:
                self._taken = False
