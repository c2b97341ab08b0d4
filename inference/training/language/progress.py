"""How far training is: its losses, the time that it took and the time that is left."""

from __future__ import annotations

import time
from typing import Any

from inference.training.output import Tell

_TELL_SECONDS = 1.0
# The speed of the last steps counts, since others may have come to compute beside it.
_NEW = 0.1


class Progress:
    """Counts `of` steps and tells of them every second or so, and of the first and the last one."""

    def __init__(self, of: int, tell: Tell) -> None:
        self.losses: list[tuple[int, float]] = []
        self.tokens = 0
        self._of = of
        self._tell = tell
        self._before = 0.0
        self._began = self._last = time.monotonic()
        self._told = 0.0
        self._untold: list[float] = []
        self._seconds_a_step: float | None = None

    @property
    def seconds(self) -> float:
        """How long it has taken, with the time before a resumption."""
        return self._before + time.monotonic() - self._began

    def stepped(self, loss: float, tokens: int) -> None:
        """Count a step with this loss, in which so many tokens were read."""
        now = time.monotonic()
        took, self._last = now - self._last, now
        pace = self._seconds_a_step
        self._seconds_a_step = took if pace is None else pace + _NEW * (took - pace)
        step = len(self.losses) + 1
        self.losses.append((step, loss))
        self.tokens += tokens
        self._untold.append(loss)
        if step == self._of or now - self._told >= _TELL_SECONDS:
            self._told = now
            self._tell(
                {
                    "step": step,
                    "of": self._of,
                    "loss": round(sum(self._untold) / len(self._untold), 5),
                    "seconds_left": round(self._seconds_a_step * (self._of - step)),
                }
            )
            self._untold.clear()

    def facts(self) -> dict[str, Any]:
        """What a checkpoint keeps of it."""
        return {
            "losses": [loss for _step, loss in self.losses],
            "tokens": self.tokens,
            "seconds": self.seconds,
        }

    def go_on(self, step: int, facts: dict[str, Any]) -> None:
        """Go on where a checkpoint stood."""
        self.losses = list(enumerate(facts["losses"], start=1))
        self.tokens, self._before = facts["tokens"], facts["seconds"]
        self._tell({"text": f"Goes on after step {step} of {self._of}."})
