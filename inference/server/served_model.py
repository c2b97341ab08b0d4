"""What the model server is told of language models; knows no torch, so that a registry may say it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A language model's folder, and the name under which requests ask for it."""

    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class WantedModels:
    """Which language model answers, and which is tried beside it.

    A server that began before `restart_asked`, in seconds since 1970, ends, to be started again.
    """

    active: ServedModel | None
    canary: ServedModel | None = None
    restart_asked: float = 0.0


# What is wanted now. It may block, and raise whatever a registry that is away raises.
ResolveModels = Callable[[], WantedModels]
