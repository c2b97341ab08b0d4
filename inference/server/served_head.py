"""What the model server is told of a sentiment head; knows no torch, so that a registry may say it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

# Asked for by this name it is the active head, whichever that is.
ACTIVE = "sentiment"


@dataclass(frozen=True, slots=True)
class ServedHead:
    """A head's folder, the name under which requests ask for it, and the folder of the encoder it needs.

    Where there is no such encoder `base` is None, and `lacks` is a sentence that says what to do.
    """

    name: str
    path: Path
    base: Path | None
    lacks: str = ""


# The head of a name, or the active one where the name is ACTIVE; None where there is none. It may block.
Resolve = Callable[[str], ServedHead | None]
