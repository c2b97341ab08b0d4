"""The web process: Daphne, started from code so that it can drain before it stops."""

import asyncio
import gc
import io
import logging
import os
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from daphne.endpoints import build_endpoint_description_strings
from daphne.server import Server, twisted_loop
from django.conf import settings

from chatbot.conversations.runner import runners
from chatbot.conversations.sentiment.arrivals import arrivals
from chatbot.conversations.sockets.open_sockets import open_sockets
from chatbot.database_calls import start_threads
from chatbot.http_handler import BODY
from chatbot.knowledge.preloading import preload_in_background
from chatbot.monitoring.http_requests import RequestMeter
from chatbot.monitoring.web_processes import DRAIN_SIGNAL, Entry, WebProcess, registered
from chatbot.monitoring.web_request import BoundedRequest
from chatbot.monitoring.web_socket import BoundedWebSocket

logger = logging.getLogger(__name__)

LARGEST_FRAME = 65_536
CLOSING_SECONDS = 5.0
_TELLING_SECONDS = 0.5
# A peer that is gone without a word is noticed after both, with two seconds between looks: within 50 s.
PING_AFTER_SECONDS = 20
PONG_WITHIN_SECONDS = 20

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


class WebServer(Server):
    """Serves `application`, writes replies and scores messages until SIGTERM, SIGINT or DRAIN_SIGNAL.

    Then it drains, which means: the health check says no, new sockets and messages are refused, and sockets
    that await no answer hear `closing` and get 1012; replies under way get `drain_seconds` to end; then the
    other sockets close, unfinished replies give their lease back with the text they have, and requests under
    way are answered within `CLOSING_SECONDS`. A second SIGTERM or SIGINT drops what is left.
    """

    def __init__(self, application: Application, host: str, port: int, drain_seconds: float) -> None:
        self.meter = RequestMeter(application)
        self.failure = ""
        self._drain_seconds = drain_seconds
        self._ports: list[Any] = []
        self._runners: asyncio.Task[None] | None = None
        self._arrivals: asyncio.Task[None] | None = None
        self._draining: asyncio.Task[None] | None = None
        self._port = port
        self._entry: Entry | None = None
        self._told_to_end = False
        super().__init__(
            application=self.meter,
            endpoints=build_endpoint_description_strings(host=host, port=port),
            signal_handlers=False,
            websocket_max_message_size=LARGEST_FRAME,
            websocket_max_frame_size=LARGEST_FRAME,
            ping_interval=PING_AFTER_SECONDS,
            ping_timeout=PONG_WITHIN_SECONDS,
            ready_callable=self._on_ready,
            server_name="",
        )

    def run(self) -> None:
        """Serve until told to end; `manage.py drain` finds the process for as long."""
        with registered(settings.DATA_DIR) as entry:
            self._entry = entry
            super().run()

    def listen_success(self, port: Any) -> None:
        """Remember the listening port, so that it can be closed before the server stops."""
        self._ports.append(port)
        super().listen_success(port)

    def listen_error(self, failure: Any) -> None:
        """Keep the reason why the port cannot be listened on and stop."""
        self.failure = failure.getErrorMessage()
        self.stop()

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        """Give a socket's application the window that its client confirms what it has read.

        A request's application gets the body as the file that it is: Daphne would put it into a queue in
        memory, all of it at once.
        """
        if scope["type"] == "websocket":
            scope["outflow"] = protocol.outflow
        else:
            scope[BODY], protocol.content = protocol.content, io.BytesIO()
        return super().create_application(protocol, scope)

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        """Pass on what an application sends; a frame or a piece of an answer waits for its client's room.

        Raises ConnectionAbortedError for a piece of an answer that nobody receives any more.
        """
        if message["type"] == "http.response.body" and message.get("more_body"):
            if protocol not in self.connections or self.connections[protocol].get("disconnected"):
                raise ConnectionAbortedError
            await super().handle_reply(protocol, message)
            await protocol.wait_for_room()
            return
        if message["type"] != "websocket.send":
            await super().handle_reply(protocol, message)
            return
        if protocol.outflow.full:
            await protocol.outflow.room()
        text = message.get("text")
        protocol.serverSend(message["bytes"] if text is None else text, text is None)

    def kill_all_applications(self) -> Any:
        """Cancel what still runs. Daphne's own version fails on connections whose application has ended."""
        for protocol, details in list(self.connections.items()):
            if "application_instance" not in details:
                del self.connections[protocol]
        return super().kill_all_applications()

    def _on_ready(self) -> None:
        start_threads()
        # The garbage collector need not look through what stays: that took 74 ms, in which no text moves.
        gc.collect()
        gc.freeze()
        self.ws_factory.protocol = BoundedWebSocket
        build = self.http_factory.buildProtocol

        def build_bounded(address: Any) -> Any:
            protocol = build(address)
            protocol.requestFactory = BoundedRequest
            return protocol

        self.http_factory.buildProtocol = build_bounded
        # A frame that is too big gets a close code; Autobahn would else drop the connection without a word.
        self.ws_factory.setProtocolOptions(failByDrop=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            twisted_loop.add_signal_handler(number, self._on_signal)
        twisted_loop.add_signal_handler(DRAIN_SIGNAL, self._begin_draining)
        self._tell()
        preload_in_background()
        self._runners = twisted_loop.create_task(runners.run(), name="reply runners")
        self._runners.add_done_callback(self._on_runners_end)
        self._arrivals = twisted_loop.create_task(arrivals.run(), name="sentiment")
        self._arrivals.add_done_callback(self._on_arrivals_end)

    def _on_runners_end(self, task: "asyncio.Task[None]") -> None:
        """Without reply runners nobody gets an answer: better to end and be started again."""
        if not task.cancelled() and self._draining is None:
            self.failure = f"the reply runners ended: {task.exception()!r}"
            logger.error("The reply runners ended", exc_info=task.exception())
            self.stop()

    def _on_arrivals_end(self, task: "asyncio.Task[None]") -> None:
        """Without it messages get their sentiment a little later, from the worker."""
        if not task.cancelled():
            logger.error("Messages are not scored here any more", exc_info=task.exception())

    def _on_signal(self) -> None:
        if self._told_to_end:
            self.stop()
        self._told_to_end = True
        self._begin_draining()

    def _begin_draining(self) -> None:
        if self._draining is None:
            open_sockets.draining = True
            self._draining = twisted_loop.create_task(self._drain(), name="drain")

    async def _drain(self) -> None:
        logger.info("Draining: %s sockets, %s replies under way", len(open_sockets), len(runners))
        telling = asyncio.create_task(self._keep_telling())
        # Who awaits no answer goes at once, and finds another process or waits for the next one.
        idle = asyncio.create_task(open_sockets.close_idle())
        await runners.drain(self._drain_seconds)
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSING_SECONDS):
                await idle
                await open_sockets.close_all()
                await self._end_runners()
                for port in self._ports:
                    await port.stopListening().asFuture(twisted_loop)
                await self.meter.idle()
        telling.cancel()
        self.stop()

    async def _keep_telling(self) -> None:
        """Keep the entry true, for whoever watches the drain."""
        while True:
            self._tell()
            await asyncio.sleep(_TELLING_SECONDS)

    def _tell(self) -> None:
        if self._entry is None:
            return
        state = WebProcess(
            os.getpid(), self._port, self._draining is not None, len(open_sockets), len(runners)
        )
        try:
            self._entry.write(state)
        except OSError as error:
            logger.warning("the state of this process cannot be written: %s", error)

    async def _end_runners(self) -> None:
        tasks = {task for task in (self._runners, self._arrivals) if task is not None}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
