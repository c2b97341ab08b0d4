"""The sockets that this process holds open, for counting them and for closing them all."""

import asyncio
from collections.abc import Iterable
from typing import Protocol


class Socket(Protocol):
    @property
    def awaits_reply(self) -> bool:
        """Whether a reply is under way that this socket's client sees grow."""

    async def close_for_restart(self) -> None:
        """Tell the client that the server goes away and close with 1012."""


class OpenSockets:
    """A set of sockets with a length; used on the event loop only."""

    def __init__(self) -> None:
        self._sockets: set[Socket] = set()
        self.draining = False

    def __len__(self) -> int:
        return len(self._sockets)

    def add(self, socket: Socket) -> None:
        """Count `socket` as open."""
        self._sockets.add(socket)

    def discard(self, socket: Socket) -> None:
        """Forget `socket`; does nothing when it is unknown."""
        self._sockets.discard(socket)

    async def close_idle(self) -> None:
        """Close the sockets that await no reply with 1012 (restart)."""
        await _close(socket for socket in self._sockets if not socket.awaits_reply)

    async def close_all(self) -> None:
        """Refuse new sockets and close the open ones with 1012 (restart)."""
        self.draining = True
        await _close(self._sockets)


async def _close(sockets: Iterable[Socket]) -> None:
    await asyncio.gather(*(socket.close_for_restart() for socket in list(sockets)), return_exceptions=True)


open_sockets = OpenSockets()
