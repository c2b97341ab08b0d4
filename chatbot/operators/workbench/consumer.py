"""The workbench's socket: answers that somebody tries, while they are written."""

from typing import Any

from accounts.changes import group_of_person
from accounts.policy import Ability, Policy, policy
from chatbot.conversations.sockets.close_codes import NEW_TICKET_NEEDED, NOT_ALLOWED
from chatbot.database_calls import in_database
from chatbot.operators.handshakes import language_of, person_of
from chatbot.operators.playground import preparing
from chatbot.operators.staff_consumer import StaffConsumer
from chatbot.operators.workbench import frames, trying
from chatbot.operators.workbench.streaming import PREPARATIONS, WritingSession

PREPARATIONS["try"] = trying.prepare
PREPARATIONS["play"] = preparing.prepare

# Whoever writes either of these for some site may try how it answers there.
_ABILITIES = (Ability.WRITE_KNOWLEDGE, Ability.WRITE_PROMPTS)


@policy(Policy.STAFF)
class WorkbenchConsumer(StaffConsumer):
    """One page of one member of staff; it brings no conversation, and changes nothing that lasts."""

    async def connect(self) -> None:
        """Let our own pages in, and then only those who write knowledge or prompts."""
        self.language = language_of(self.scope)
        self.writing = WritingSession(self.send_frame, self.language)
        self.group = ""
        if not await self.come_in() or self.person is None:
            return
        self.group = group_of_person(self.person.pk)
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.send_frame({"type": "ready"})

    async def disconnect(self, code: int) -> None:
        """Forget the socket; what was being written for it is written no further."""
        await self.writing.cancel()
        await super().disconnect(code)
        if self.group:
            await self.channel_layer.group_discard(self.group, self.channel_name)

    def parse(self, text: str | None) -> frames.Frame:
        return frames.parse(text)

    @policy(Policy.STAFF)
    async def on_write(self, frame: frames.Write) -> None:
        """Let an answer be written for this person."""
        if self.person is not None:
            await self.writing.begin(self.person, frame)

    @policy(Policy.STAFF)
    async def on_stop(self, frame: frames.Stop) -> None:
        """Let it be written no further."""
        await self.writing.cancel()

    async def look_again(self, hint: dict[str, Any]) -> None:
        """Channel layer: hints may have been missed."""
        await self.access_changed(hint)

    @property
    def awaits_reply(self) -> bool:
        """Whether the page sees an answer grow."""
        return self.writing.is_busy

    async def look_at_rights(self) -> None:
        """Close, and write no further, unless the person may still come in; raises a database error."""
        person = await in_database(person_of, self.scope, _ABILITIES)
        if person is None or (self.person is not None and person.pk != self.person.pk):
            await self.writing.cancel()
            await self.close(NEW_TICKET_NEEDED if self.person is None else NOT_ALLOWED)
            return
        self.person = person
