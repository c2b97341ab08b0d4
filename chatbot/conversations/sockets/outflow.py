"""What a client was sent and has not confirmed: the window that a sender must keep to.

TCP takes bytes for a client that reads nothing, and a server that goes on sending keeps them all. So each
frame counts until the client shows that it has read it. Every WebSocket client does so by itself: it answers
a ping once it has read what came before. A client may also say how many frames it has, with `ack`.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable

logger = logging.getLogger(__name__)

MOST_FRAMES = 256
MOST_BYTES = 256 * 1024
# Nothing confirmed for so long, with something to confirm: the client is gone or does not read.
STALL_SECONDS = 5.0

# A ping goes out after so much, or when nothing was confirmed for so long; an `ack` in time saves it.
_PING_FRAMES = 64
_PING_BYTES = 16 * 1024
_PING_SECONDS = 1.5
_LOOK_SECONDS = 0.5


class Outflow:
    """The window of one socket, used on its event loop only; also the push producer of its Twisted transport.

    `ping` sends a WebSocket ping with the given payload, and `give_up` is called once when the client stalls.
    """

    def __init__(self, ping: Callable[[bytes], None], give_up: Callable[[], None]) -> None:
        self.frames = 0
        self._ping = ping
        self._give_up = give_up
        self._sizes: deque[int] = deque()
        self._bytes = 0
        self._since_ping = [0, 0]
        self._progress = 0.0
        self._stuck = False
        self._closed = False
        self._looking: asyncio.TimerHandle | None = None
        self._room: asyncio.Event | None = None

    @property
    def full(self) -> bool:
        """Whether nothing more may be sent for now."""
        over = self._stuck or len(self._sizes) >= MOST_FRAMES or self._bytes >= MOST_BYTES
        return over and not self._closed

    async def room(self) -> None:
        """Wait until another frame may be sent; after `close` at once."""
        while self.full:
            if self._room is None:
                self._room = asyncio.Event()
            self._room.clear()
            await self._room.wait()

    def sent(self, size: int) -> None:
        """Count a frame of `size` bytes."""
        if self._closed:
            return
        loop = asyncio.get_running_loop()
        if not self._sizes:
            self._progress = loop.time()
        if self._looking is None:
            self._looking = loop.call_later(_LOOK_SECONDS, self._look)
        self.frames += 1
        self._sizes.append(size)
        self._bytes += size
        self._since_ping[0] += 1
        self._since_ping[1] += size
        if self._since_ping[0] >= _PING_FRAMES or self._since_ping[1] >= _PING_BYTES:
            self._send_ping()

    def confirm(self, frames: int) -> None:
        """The client has read the first `frames` frames; a number that cannot be is ignored."""
        confirmed = frames - (self.frames - len(self._sizes))
        if not 0 < confirmed <= len(self._sizes):
            return
        for _ in range(confirmed):
            self._bytes -= self._sizes.popleft()
        self._progress = asyncio.get_running_loop().time()
        self._wake()

    def pong(self, payload: bytes) -> None:
        """The client has answered a ping, hence read all that was sent before it."""
        if len(payload) == 8:
            self.confirm(int.from_bytes(payload, "big"))

    def close(self) -> None:
        """The connection ends: nobody waits any more."""
        self._closed = True
        if self._looking is not None:
            self._looking.cancel()
        self._wake()

    # Twisted's names for a producer, which the transport tells whether it takes more.
    def pauseProducing(self) -> None:
        """The transport holds a lot. So a client that confirms without reading gains nothing."""
        self._stuck = True

    def resumeProducing(self) -> None:
        """The transport's buffer is empty again."""
        self._stuck = False
        self._wake()

    def stopProducing(self) -> None:
        """The connection is lost."""
        self.close()

    def _wake(self) -> None:
        if self._room is not None:
            self._room.set()

    def _send_ping(self) -> None:
        self._since_ping = [0, 0]
        self._ping(self.frames.to_bytes(8, "big"))

    def _look(self) -> None:
        """Ask a client that confirms nothing, and give up on one that does not answer."""
        loop = asyncio.get_running_loop()
        self._looking = None
        if not self._sizes or self._closed:
            return
        silent = loop.time() - self._progress
        if silent >= STALL_SECONDS:
            self.close()
            self._give_up()
            return
        if silent >= _PING_SECONDS and self._since_ping[0]:
            self._send_ping()
        self._looking = loop.call_later(_LOOK_SECONDS, self._look)
