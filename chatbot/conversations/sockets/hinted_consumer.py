"""A WebSocket consumer that hears the channel layer's hints in one task."""

import asyncio
import logging
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import get_channel_layer

from chatbot.conversations.sockets.close_codes import RESTART

logger = logging.getLogger(__name__)


class HintedConsumer(AsyncWebsocketConsumer):
    """Serves a socket as Channels does, at less cost for each message and each hint."""

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Serve the socket as Channels does, but hear hints in one task instead of a new one for each.

        Nor does a message visit a database thread before its handler runs: calls to the database look after
        their connections themselves.
        """
        self.scope = scope
        self.base_send = send
        self.channel_layer = get_channel_layer()
        self.channel_name = await self.channel_layer.new_channel()
        hearing = asyncio.create_task(self._hear())
        try:
            while True:
                message = await receive()
                if message["type"] == "websocket.disconnect":
                    await self.disconnect(message["code"])
                    return
                await getattr(self, message["type"].replace(".", "_"))(message)
        finally:
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)

    async def _hear(self) -> None:
        """Pass on the hints of the channel layer; without it the client shall look for another process."""
        try:
            while True:
                hint = await self.channel_layer.receive(self.channel_name)
                await getattr(self, hint["type"].replace(".", "_"))(hint)
        except Exception:
            logger.exception("a socket hears no hints any more")
            await self.close(RESTART)
