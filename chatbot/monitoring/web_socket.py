"""Daphne's side of one WebSocket, with what Daphne leaves open: every close code, and bounds both ways."""

import logging
from typing import Any

from daphne.ws_protocol import WebSocketProtocol

logger = logging.getLogger(__name__)

# Frames that a client may send before the application has taken the first of them.
MOST_WAITING_FRAMES = 100
# What a client may leave unread, beyond what the system's own buffers hold, before it counts as gone.
MOST_UNREAD_BYTES = 1024 * 1024

_NORMAL = 1000
_ABUSE = 1008


class Outflow:
    """Twisted's push producer: learns from the transport whether the client takes what is sent."""

    def __init__(self) -> None:
        self.stuck = False
        self.unread = 0

    def pauseProducing(self) -> None:
        """The transport's buffer is full."""
        self.stuck = True

    def resumeProducing(self) -> None:
        """The transport's buffer is empty again."""
        self.stuck = False
        self.unread = 0

    def stopProducing(self) -> None:
        """The connection is lost."""


class BoundedWebSocket(WebSocketProtocol):
    """A socket that may close with any code, and whose buffers cannot grow without end."""

    muted = False

    def onConnect(self, request: Any) -> Any:
        self._outflow = Outflow()
        return super().onConnect(request)

    def onOpen(self) -> None:
        # Registered until now was the HTTP channel that this connection began as.
        self.transport.unregisterProducer()
        self.transport.registerProducer(self._outflow, True)
        super().onOpen()

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """Hand the frame to the application; a client that floods it is closed with 1008."""
        if self.muted:
            return
        if self.application_queue.qsize() >= MOST_WAITING_FRAMES:
            self.serverClose(_ABUSE)
            self.muted = True
            self.application_queue.put_nowait({"type": "websocket.disconnect", "code": _ABUSE})
            return
        super().onMessage(payload, isBinary)

    def serverSend(self, content: Any, binary: bool = False) -> None:
        """Send to the client; one that reads nothing for long is dropped and finds its way back.

        Nothing is sent on a socket that is closing, for a restart say; the client asks for it again.
        """
        if self.state != self.STATE_OPEN:
            return
        super().serverSend(content, binary)
        outflow = self._outflow
        if outflow.stuck:
            outflow.unread += len(content)
            if outflow.unread > MOST_UNREAD_BYTES:
                logger.warning("a client that reads nothing is disconnected")
                self.transport.abortConnection()

    def serverClose(self, code: int | None = None) -> None:
        """Close with `code`, also one of 1001 to 1015, which Autobahn's own `sendClose` keeps for itself."""
        self.sendCloseFrame(code=_NORMAL if code is None else code)
