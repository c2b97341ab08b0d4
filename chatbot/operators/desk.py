"""Which colleagues look at the same conversation, and which of them type.

Each socket says so to the others by hints, and again from time to time; whoever is not heard of any more has
left. Nothing of it is stored.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

# Three times as long as the pause between two signs of life, as for presence.
FORGOTTEN_AFTER_SECONDS = 50.0
TYPING_SECONDS = 6.0


def desk_of(conversation_id: str) -> str:
    """Return the channel layer's group for those of the staff who look at this conversation."""
    return f"desk.{conversation_id}"


@dataclass(frozen=True, slots=True)
class _Colleague:
    person: int
    name: str
    heard_at: float
    typing_until: float


class Desk:
    """The colleagues at one conversation, as one socket hears of them."""

    def __init__(self, own_person: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._own_person = own_person
        self._clock = clock
        self._colleagues: dict[str, _Colleague] = {}

    def here(self, socket: str, person: int, name: str, typing: bool) -> None:
        """Note a sign of life of the socket named `socket`."""
        now = self._clock()
        self._colleagues[socket] = _Colleague(person, name, now, now + TYPING_SECONDS if typing else 0.0)

    def gone(self, socket: str) -> None:
        """Note that the socket has left."""
        self._colleagues.pop(socket, None)

    def people(self) -> list[dict[str, Any]]:
        """Return the other people at this conversation by name, each once, with whether they type."""
        now = self._clock()
        people: dict[int, dict[str, Any]] = {}
        for socket, colleague in list(self._colleagues.items()):
            if now - colleague.heard_at > FORGOTTEN_AFTER_SECONDS:
                del self._colleagues[socket]
            elif colleague.person != self._own_person:
                known = people.setdefault(colleague.person, {"name": colleague.name, "typing": False})
                known["typing"] = known["typing"] or colleague.typing_until > now
        return sorted(people.values(), key=lambda one: one["name"])
