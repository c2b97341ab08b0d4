"""What the sockets of the staff share: who comes in, and that rights are looked at again."""

import logging
from contextlib import suppress
from typing import Any

from django import db
from django.conf import settings

from accounts.models import User
from chatbot.conversations.sockets.close_codes import OVERLOADED
from chatbot.conversations.sockets.conversation_frames import Ack
from chatbot.conversations.sockets.delivering_consumer import DeliveringConsumer
from chatbot.conversations.sockets.open_sockets import open_sockets
from chatbot.operators.handshakes import is_from_our_pages

logger = logging.getLogger(__name__)


class StaffConsumer(DeliveringConsumer):
    """One socket of one member of staff, who comes in with the session of the admin."""

    person: User | None = None

    async def come_in(self) -> bool:
        """Let our own pages in, and then only those with the rights; return whether the socket is open."""
        if not is_from_our_pages(self.scope):
            await self.close()
            return False
        if not await self.accept_unless_draining():
            return False
        try:
            await self.look_at_rights()
        except db.Error as error:
            logger.warning("a socket of the staff met a database error: %s", error)
            await self.close(OVERLOADED)
            return False
        if self.person is None or self.closing:
            return False
        if not open_sockets.claim(self, ("person", self.person.pk), settings.SOCKETS_PER_VISITOR):
            await self.close(OVERLOADED)
            return False
        return True

    async def look_at_rights(self) -> None:
        """Set `person`, or close for whoever may not come in (any more); raises a database error."""
        raise NotImplementedError

    async def access_changed(self, hint: dict[str, Any]) -> None:
        """Channel layer: this person may do less than before, or more."""
        with suppress(db.Error):
            await self.look_at_rights()

    def overtakes(self, frame: object) -> bool:
        return isinstance(frame, Ack)
