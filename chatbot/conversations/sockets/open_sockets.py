"""The sockets that this process holds open, for counting them and for closing them all."""

import asyncio
from collections import Counter
from collections.abc import Hashable, Iterable
from typing import Protocol


class Socket(Protocol):
    @property
    def awaits_reply(self) -> bool:
        """Whether a reply is under way that this socket's client sees grow."""

    async def close_for_restart(self) -> None:
        """Tell the client that the server goes away and close with 1012."""


class OpenSockets:
    """A set of sockets with a length, counted by whom they belong to; used on the event loop only."""

    def __init__(self) -> None:
        self._owners: dict[Socket, list[Hashable]] = {}
        self._counts: Counter[Hashable] = Counter()
        self.draining = False

    def __len__(self) -> int:
        return len(self._owners)

    def add(self, socket: Socket) -> None:
        """Count `socket` as open."""
        self._owners[socket] = []

    def claim(self, socket: Socket, owner: Hashable, limit: int) -> bool:
        """Count `socket`, if still open, as one of `owner`; False if that has `limit` of them already."""
        owners = self._owners.get(socket)
        if owners is None:
            return True
        if self._counts[owner] >= limit:
            return False
        self._counts[owner] += 1
        owners.append(owner)
        return True

    def discard(self, socket: Socket) -> None:
        """Forget `socket`; does nothing when it is unknown."""
        for owner in self._owners.pop(socket, ()):
            self._counts[owner] -= 1
            if not self._counts[owner]:
                del self._counts[owner]

    async def close_idle(self) -> None:
        """Close the sockets that await no reply with 1012 (restart)."""
        await _close(socket for socket in self._owners if not socket.awaits_reply)

    async def close_all(self) -> None:
        """Refuse new sockets and close the open ones with 1012 (restart)."""
        self.draining = True
        await _close(self._owners)


async def _close(sockets: Iterable[Socket]) -> None:
    await asyncio.gather(*(socket.close_for_restart() for socket in list(sockets)), return_exceptions=True)


open_sockets = OpenSockets()
