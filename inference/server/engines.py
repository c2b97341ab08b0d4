"""The engines of one server by their models' names: the main one, others beside it, and leaving ones."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from inference.engine.engine import Engine
from inference.engine.loop import EngineLoop, EngineUnavailable


class Serving:
    """An engine under its model's name.

    Held (`with serving:`) it does not leave: for requests that were accepted and are not in the engine yet.
    For one event loop.
    """

    def __init__(self, name: str, loop: EngineLoop) -> None:
        self.name = name
        self.loop = loop
        self._holders = 0

    def __enter__(self) -> Self:
        self._holders += 1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._holders -= 1

    @property
    def engine(self) -> Engine:
        """The loaded engine; raises EngineUnavailable."""
        return self.loop.engine

    @property
    def load(self) -> tuple[int, int]:
        """How many requests run and how many wait."""
        try:
            return self.engine.running, self.engine.waiting
        except EngineUnavailable:
            return 0, 0

    @property
    def is_idle(self) -> bool:
        """Whether nothing is in it, or on its way in."""
        try:
            return not self._holders and not self.engine.has_work
        except EngineUnavailable:
            return not self._holders


class Engines:
    """Which engine answers to which name; `refused` says why a wanted model is not served."""

    def __init__(self, main: Serving) -> None:
        self.main = main
        self.refused: dict[str, str] = {}
        self._beside: dict[str, Serving] = {}
        self._leaving: list[Serving] = []

    @property
    def served(self) -> list[Serving]:
        """Those that take requests, the main one first."""
        return [self.main, *self._beside.values()]

    @property
    def all(self) -> list[Serving]:
        """Those that take requests, and those that only finish their answers."""
        return [*self.served, *self._leaving]

    def named(self, name: str) -> Serving | None:
        """The one that takes requests under this name."""
        return next((serving for serving in self.served if serving.name == name), None)

    def add(self, serving: Serving) -> None:
        """Let a loaded engine take requests beside the main one."""
        self._beside[serving.name] = serving

    def promote(self, serving: Serving) -> Serving:
        """Make one of those beside the main one; return the former, which takes no requests any more."""
        del self._beside[serving.name]
        former, self.main = self.main, serving
        self._leaving.append(former)
        return former

    def dismiss(self, serving: Serving) -> None:
        """Let one of those beside take no requests any more."""
        del self._beside[serving.name]
        self._leaving.append(serving)

    def forget(self, serving: Serving) -> None:
        """Drop one that has left."""
        self._leaving.remove(serving)
