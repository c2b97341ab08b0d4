"""Daphne's side of one WebSocket, with what Daphne leaves open: every close code, and bounds both ways."""

import asyncio
import logging
from typing import Any

from autobahn.websocket import protocol as autobahn_protocol
from autobahn.websocket.types import ConnectionDeny
from daphne.ws_protocol import WebSocketProtocol

from chatbot.conversations import metrics
from chatbot.conversations.sockets.close_codes import ABUSE, OVERLOADED
from chatbot.conversations.sockets.outflow import Outflow

logger = logging.getLogger(__name__)

# Frames that a client may send before the application has taken the first of them.
MOST_WAITING_FRAMES = 100

# How long a last frame may take to leave before the connection is cut.
_PARTING_SECONDS = 1.0

_TEXT, _BINARY = 0x81, 0x82
_NORMAL = 1000

# Autobahn lays out all its options for a debug log, whether or not anybody wants it: a twentieth of the time
# that a new connection takes.
autobahn_protocol.pformat = str  # type: ignore[assignment, attr-defined]


class BoundedWebSocket(WebSocketProtocol):
    """A socket that may close with any code, and whose buffers cannot grow without end."""

    muted = False

    def onConnect(self, request: Any) -> Any:
        if not (request.path.isascii() and request.headers.get("sec-websocket-protocol", "").isascii()):
            raise ConnectionDeny(400, "The handshake must be ASCII.")  # type: ignore[no-untyped-call]
        self.outflow = Outflow(self.sendPing, self._give_up)
        return super().onConnect(request)

    def onOpen(self) -> None:
        # Registered until now was the HTTP channel that this connection began as.
        self.transport.unregisterProducer()
        self.transport.registerProducer(self.outflow, True)
        super().onOpen()

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """Hand the frame to the application; a client that floods it is closed with 1008."""
        if self.muted:
            return
        if self.application_queue.qsize() >= MOST_WAITING_FRAMES:
            self.serverClose(ABUSE)
            self.muted = True
            self.application_queue.put_nowait({"type": "websocket.disconnect", "code": ABUSE})
            return
        super().onMessage(payload, isBinary)

    def onPong(self, payload: bytes) -> None:
        """The client has read what came before the ping with this payload."""
        self.outflow.pong(payload)

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        if hasattr(self, "outflow"):
            self.outflow.close()
        super().onClose(wasClean, code, reason)

    def serverSend(self, content: Any, binary: bool = False) -> None:
        """Send to the client and count it; nothing is sent any more once the socket closes."""
        if self.state == self.STATE_CONNECTING:
            self.serverAccept()
        if self.state == self.STATE_OPEN:
            data = content if binary else content.encode()
            self.transport.write(_head(_BINARY if binary else _TEXT, len(data)) + data)
            self.outflow.sent(len(data))

    def serverClose(self, code: int | None = None) -> None:
        """Close with `code`, also one of 1001 to 1015, which Autobahn's own `sendClose` keeps for itself."""
        self.outflow.close()
        self.sendCloseFrame(code=_NORMAL if code is None else code)

    def _closeConnection(self, abort: bool = False) -> None:
        """End the connection; after a violation the close frame has to leave first."""
        if abort and self.failedByMe:
            self.transport.loseConnection()
            asyncio.get_running_loop().call_later(_PARTING_SECONDS, self.transport.abortConnection)
        else:
            super()._closeConnection(abort)

    def _give_up(self) -> None:
        """Close on a client that does not read; Autobahn drops the connection if not even that gets there."""
        metrics.STALLED.inc()
        logger.warning("a client that reads nothing is disconnected")
        self.serverClose(OVERLOADED)


def _head(first: int, length: int) -> bytes:
    """Return a frame's first bytes; Autobahn's own way colours words for a log that nobody reads."""
    if length < 126:
        return bytes((first, length))
    if length < 65_536:
        return bytes((first, 126)) + length.to_bytes(2, "big")
    return bytes((first, 127)) + length.to_bytes(8, "big")
