"""The operator's socket: it tells the inbox what changed, and brings the stream of one conversation.

It changes nothing that lasts but what an operator has seen; everything else is done by forms.
"""

import asyncio
import logging
from typing import Any

from django import db

from accounts.changes import group_of_person
from accounts.models import User
from accounts.networks import network_of_client
from accounts.policy import Ability, Policy, policy, sites_where
from chatbot.conversations import hints, posting, presence
from chatbot.conversations.posting import Snapshot
from chatbot.conversations.refusals import Refused
from chatbot.conversations.sockets.close_codes import NEW_TICKET_NEEDED, NOT_ALLOWED
from chatbot.database_calls import in_database
from chatbot.operators import frames, reading
from chatbot.operators.assistance.session import AssistanceSession
from chatbot.operators.desk import Desk, desk_of
from chatbot.operators.handshakes import language_of, person_of
from chatbot.operators.staff_consumer import StaffConsumer

logger = logging.getLogger(__name__)

BEAT_SECONDS = 20.0
# A busy site changes many times a second; a page that looked that often would be of no use to anybody.
INBOX_SECONDS = 0.5


@policy(Policy.STAFF)
class OperatorConsumer(StaffConsumer):
    """One socket of one member of staff: all lists they may read, and one conversation that they look at."""

    beating: asyncio.Task[None] | None = None
    being_there: asyncio.Future[None] | None = None
    telling: asyncio.Task[None] | None = None
    desk: Desk | None = None
    shown_people: list[dict[str, Any]] | None = None

    async def connect(self) -> None:
        """Let our own pages in, and then only those who are signed in and read conversations."""
        self.groups_joined: set[str] = set()
        self.language = language_of(self.scope)
        self.assistance = AssistanceSession(self.send_frame, self.language)
        if not await self.come_in():
            return
        await self.send_frame({"type": "ready"})
        self.beating = asyncio.create_task(self._beat())

    async def disconnect(self, code: int) -> None:
        for task in (self.beating, self.telling):
            if task is not None:
                task.cancel()
        await super().disconnect(code)
        if self.being_there is not None:
            # A thread cannot be cancelled: what it does for this socket comes to its end.
            await asyncio.wait({self.being_there})
        for group in self.groups_joined:
            await self.channel_layer.group_discard(group, self.channel_name)

    def parse(self, text: str | None) -> frames.Frame:
        return frames.parse(text)

    def snapshot(self, conversation_id: str, after: int) -> Snapshot:
        """Return what the page lacks; raises Refused with not_found for what the person may not read."""
        network = network_of_client(self.scope.get("client")) or ""
        reading.open_conversation(self.person, conversation_id, network)
        return posting.snapshot(conversation_id, after)

    async def join(self, conversation_id: str, after: int) -> None:
        """Welcome the page to the conversation and show colleagues that this person is here."""
        if self.delivery is not None and self.delivery.conversation_id != conversation_id:
            # A refusal costs nobody the conversation that they look at.
            await self.call(reading.refuse_unread, self.person, conversation_id)
        await super().join(conversation_id, after)
        if self.delivery is not None:
            await self._come_to_desk(conversation_id)

    async def leave(self) -> None:
        """Look at the conversation no longer, which colleagues see."""
        await self._leave_desk()
        await super().leave()
        await self.assistance.cancel()

    @policy(Policy.STAFF)
    async def on_watch(self, frame: frames.Watch) -> None:
        """Bring a conversation's stream from `after` on."""
        await self.join(frame.conversation, frame.after)

    @policy(Policy.STAFF)
    async def on_unwatch(self, frame: frames.Unwatch) -> None:
        await self.leave()

    @policy(Policy.STAFF)
    async def on_typing(self, frame: frames.Typing) -> None:
        """Show colleagues that this person types, and the visitor if it is this person's turn."""
        if self.delivery is None or self.person is None:
            return
        await self._say_here(typing=frame.active)
        if frame.active:
            name = await self.call(reading.name_while_answering, self.person, self.delivery.conversation_id)
            if name is not None:
                await hints.show_typing(self.delivery.conversation_id, "operator", name)

    @policy(Policy.STAFF)
    async def on_seen(self, frame: frames.Seen) -> None:
        if self.delivery is not None and self.person is not None:
            await self.call(reading.mark_seen, self.person, self.delivery.conversation_id, frame.seq)

    @policy(Policy.STAFF)
    async def on_assist(self, frame: frames.Assist) -> None:
        """Let the model write for this person, about the conversation that they look at."""
        if self.delivery is not None and self.person is not None:
            self.assistance.begin(self.person, self.delivery.conversation_id, frame)

    @policy(Policy.STAFF)
    async def on_unassist(self, frame: frames.Unassist) -> None:
        """Let the model write no further."""
        await self.assistance.cancel()

    async def conversation_changed(self, hint: dict[str, Any]) -> None:
        """Channel layer: the conversation has new events, or a new note."""
        await super().conversation_changed(hint)
        if self.delivery is not None:
            await self.send_frame({"type": "changed"})

    async def visitor_blocked(self, hint: dict[str, Any]) -> None:
        """Channel layer: meant for the visitor's sockets; the row in the inbox changes too."""

    async def person_typing(self, hint: dict[str, Any]) -> None:
        """Channel layer: the visitor types; colleagues say so at the desk."""
        if hint["author"] == "visitor" and self.delivery is not None:
            await self.send_frame({"type": "typing", "author": "visitor"})

    async def inbox_changed(self, hint: dict[str, Any]) -> None:
        """Channel layer: a row of the inbox is out of date."""
        self._tell_inbox()

    async def sentiment_changed(self, hint: dict[str, Any]) -> None:
        """Channel layer: it is known anew how a visitor feels; the page that shows it looks again."""
        if self.delivery is not None and self.delivery.conversation_id == hint["conversation"]:
            await self.send_frame({"type": "changed"})

    async def look_again(self, hint: dict[str, Any]) -> None:
        """Channel layer: hints may have been missed."""
        await super().look_again(hint)
        self._tell_inbox()
        await self.access_changed(hint)

    async def desk_who(self, hint: dict[str, Any]) -> None:
        """Channel layer: a colleague asks who looks at this conversation."""
        if hint["socket"] != self.channel_name:
            await self._say_here()

    async def desk_here(self, hint: dict[str, Any]) -> None:
        """Channel layer: a colleague looks at this conversation."""
        if self.desk is not None and hint["socket"] != self.channel_name:
            self.desk.here(hint["socket"], hint["person"], hint["name"], hint["typing"])
            await self._show_people()

    async def desk_gone(self, hint: dict[str, Any]) -> None:
        """Channel layer: a colleague has left."""
        if self.desk is not None:
            self.desk.gone(hint["socket"])
            await self._show_people()

    @property
    def awaits_reply(self) -> bool:
        """Nobody waits here for the end of an answer: the page comes back for it."""
        return False

    async def look_at_rights(self) -> None:
        """Hear of the sites that the person may read now, of no others; close when there are none.

        Raises a database error.
        """
        person = await in_database(person_of, self.scope)
        if person is None or (self.person is not None and person.pk != self.person.pk):
            await self.close(NEW_TICKET_NEEDED if self.person is None else NOT_ALLOWED)
            return
        self.person = person
        sites = await in_database(_readable_sites, person)
        await self._listen_to({group_of_person(person.pk)} | {hints.inbox_of(site) for site in sites})
        if self.conversation_id is not None:
            try:
                await self.call(reading.refuse_unread, person, self.conversation_id)
            except Refused as refusal:
                await self.leave()
                await self.refuse(refusal)

    async def _listen_to(self, groups: set[str]) -> None:
        for group in groups - self.groups_joined:
            await self.channel_layer.group_add(group, self.channel_name)
        for group in self.groups_joined - groups:
            await self.channel_layer.group_discard(group, self.channel_name)
        self.groups_joined = groups

    async def _come_to_desk(self, conversation_id: str) -> None:
        assert self.person is not None
        if self.desk is None:
            self.desk, self.shown_people = Desk(self.person.pk), None
            await self.channel_layer.group_add(desk_of(conversation_id), self.channel_name)
        await self._to_desk({"type": "desk.who", "socket": self.channel_name})
        await self._say_here()
        await self._show_people()

    async def _leave_desk(self) -> None:
        if self.desk is None or self.delivery is None:
            return
        group, self.desk = desk_of(self.delivery.conversation_id), None
        await self.channel_layer.group_discard(group, self.channel_name)
        await self.channel_layer.group_send(group, {"type": "desk.gone", "socket": self.channel_name})

    async def _say_here(self, typing: bool = False) -> None:
        if self.person is not None:
            name = self.person.get_full_name() or self.person.get_username()
            here = {"type": "desk.here", "socket": self.channel_name, "person": self.person.pk}
            await self._to_desk({**here, "name": name, "typing": typing})

    async def _to_desk(self, hint: dict[str, Any]) -> None:
        if self.desk is not None and self.delivery is not None:
            await self.channel_layer.group_send(desk_of(self.delivery.conversation_id), hint)

    async def _show_people(self) -> None:
        """Tell the page who else is here, when that has changed."""
        if self.desk is not None and (people := self.desk.people()) != self.shown_people:
            self.shown_people = people
            await self.send_frame({"type": "presence", "people": people})

    def _tell_inbox(self) -> None:
        if self.telling is None or self.telling.done():
            self.telling = asyncio.create_task(self._tell_soon())

    async def _tell_soon(self) -> None:
        """Let the page look at its list, once for all changes of a short while."""
        await asyncio.sleep(INBOX_SECONDS)
        await self.send_frame({"type": "inbox"})

    async def _beat(self) -> None:
        """Be there, for visitors and for colleagues, and notice rights that were lost without a hint."""
        while True:
            try:
                if self.person is not None:
                    self.being_there = asyncio.ensure_future(in_database(_be_there, self.person))
                    await asyncio.shield(self.being_there)
                await asyncio.sleep(BEAT_SECONDS)
                await self.look_at_rights()
            except db.Error as error:
                logger.warning("an operator's socket met a database error: %s", error)
                await asyncio.sleep(BEAT_SECONDS)
            await self._say_here()
            await self._show_people()


def _readable_sites(person: User) -> list[int]:
    return list(sites_where(person, Ability.READ_CONVERSATIONS).values_list("pk", flat=True))


def _be_there(person: User) -> None:
    """Count as there only whoever may answer somewhere: a viewer takes no conversations."""
    if sites_where(person, Ability.ANSWER_VISITORS).exists():
        presence.beat(person)
