"""The sockets that this process holds open, for counting them and for closing them all."""

import asyncio
from typing import Protocol


class Socket(Protocol):
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

    async def close_all(self) -> None:
        """Refuse new sockets and close the open ones with 1012 (restart)."""
        self.draining = True
        await asyncio.gather(
            *(socket.close_for_restart() for socket in list(self._sockets)), return_exceptions=True
        )


open_sockets = OpenSockets()
