"""A TCP proxy that does what networks do: it cuts, resets, swallows, delays, throttles and refuses."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

_PIECE = 16 * 1024
# SO_LINGER switched on with no time left: closing sends a reset instead of an orderly end.
_RESET = struct.pack("ii", 1, 0)


class FaultProxy:
    """Forwards bytes both ways between its own port and a target, with the faults that are set.

    `delay` holds every piece back for so many seconds, `rate` lets so many bytes a second through each way
    (None for all), and a `blackhole` keeps connections open and forwards nothing. All may change at any time
    and hold for open connections too. One event loop runs it and everybody who speaks through it, or it has a
    loop of its own in another thread.
    """

    def __init__(self, target_port: int, target_host: str = "127.0.0.1") -> None:
        self.delay = 0.0
        self.rate: float | None = None
        self.accepted = 0
        self._target = (target_host, target_port)
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.port = 0

    def __len__(self) -> int:
        """How many connections are open, each with its two ends."""
        return len(self._writers) // 2

    @property
    def blackhole(self) -> bool:
        """Whether bytes vanish for the time being; they are forwarded once it ends."""
        return not self._flowing.is_set()

    @blackhole.setter
    def blackhole(self, value: bool) -> None:
        if value:
            self._flowing.clear()
        else:
            self._flowing.set()

    async def listen(self) -> None:
        """Accept connections, on the same port as before where there was one."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, backlog=4096)
        self.port = self._server.sockets[0].getsockname()[1]

    async def refuse(self) -> None:
        """Accept no connections until `listen`, as if no process were there. Open ones go on."""
        if self._server is not None:
            self._server.close()
            self._server = None
        await asyncio.sleep(0)

    def aim(self, target_port: int) -> None:
        """Forward new connections to another port."""
        self._target = (self._target[0], target_port)

    def cut(self) -> int:
        """End every open connection in the orderly way of TCP; returns how many there were."""
        return self._end(reset=False)

    def reset(self) -> int:
        """End every open connection with a TCP reset; returns how many there were."""
        return self._end(reset=True)

    async def aclose(self) -> None:
        """Refuse, reset, and leave nothing behind."""
        await self.refuse()
        self.reset()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _end(self, *, reset: bool) -> int:
        ended = len(self)
        for writer in list(self._writers):
            if reset:
                with suppress(OSError):
                    raw: socket.socket = writer.get_extra_info("socket")
                    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                writer.transport.abort()
            else:
                writer.close()
        return ended

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            there, back = await asyncio.open_connection(*self._target)
        except OSError:
            writer.close()
            self._tasks.discard(task)
            return
        self._writers |= {writer, back}
        try:
            await asyncio.gather(self._pump(reader, back), self._pump(there, writer))
        except asyncio.CancelledError:
            # By `aclose`, which waits for this end; the server's own callback would log it as an error.
            pass
        finally:
            self._writers -= {writer, back}
            self._tasks.discard(task)
            writer.close()
            back.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Forward until one side ends, then let the other side hear of it."""
        with suppress(OSError):
            while data := await reader.read(_PIECE):
                await self._flowing.wait()
                if self.delay:
                    await asyncio.sleep(self.delay)
                if self.rate is not None:
                    await asyncio.sleep(len(data) / self.rate)
                writer.write(data)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def fault_proxy(target_port: int) -> AsyncIterator[FaultProxy]:
    """A proxy in front of a port of this machine, for the block."""
    proxy = FaultProxy(target_port)
    await proxy.listen()
    try:
        yield proxy
    finally:
        await proxy.aclose()
