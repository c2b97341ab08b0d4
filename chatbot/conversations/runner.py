"""The reply runners of one web process: they take work from the database and write replies."""

import asyncio
import logging
import time
from contextlib import suppress

from channels.layers import get_channel_layer
from django import db
from django.conf import settings

from chatbot.conversations import hints, leases
from chatbot.conversations.answering.retrieving import retriever_for
from chatbot.conversations.gateways import new_gateway
from chatbot.conversations.leases import LEASE_SECONDS, RENEWAL_SECONDS, Lease, LeaseLost
from chatbot.conversations.replies import Draft, RetrieverFor, keep_text, write_replies
from chatbot.conversations.streams import StreamConflict, get_streams
from chatbot.database_calls import CallsInOrder, in_database
from chatbot.databases import replace_broken_connections
from chatbot.log_fields import log_fields
from inference.gateway import Gateway

logger = logging.getLogger(__name__)

# Work whose hint was lost, or whose runner died, is found after this long at the latest.
_LOOK_SECONDS = 1.0


class ReplyRunners:
    """Writes replies for as long as `run` runs; one object per process."""

    def __init__(self, retriever_for: RetrieverFor = retriever_for) -> None:
        self._retriever_for = retriever_for
        # The conversations that are being written, each by its own task.
        self._tasks: dict[asyncio.Task[None], int] = {}
        self._accepting = True
        self._patient_until = 0.0

    def __len__(self) -> int:
        return len(self._tasks)

    async def run(self) -> None:
        """Claim and write replies until cancelled; then keep unfinished text and release every lease."""
        gateway = new_gateway()
        self._accepting = True
        woken = asyncio.Event()
        listening = asyncio.create_task(_listen(woken))
        try:
            while True:
                await self._take_work(gateway, woken)
                with suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_SECONDS):
                        await woken.wait()
                woken.clear()
        finally:
            listening.cancel()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(listening, *self._tasks, return_exceptions=True)
            await gateway.aclose()

    async def drain(self, seconds: float) -> None:
        """Begin no more replies and wait up to `seconds` for those that are being written."""
        self._accepting = False
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)

    async def _take_work(self, gateway: Gateway, woken: asyncio.Event) -> None:
        room = settings.REPLY_CONCURRENCY - len(self._tasks)
        if not self._accepting or room <= 0:
            return
        try:
            patient = time.monotonic() < self._patient_until
            claimed = await in_database(leases.claim, room, list(self._tasks.values()), patient)
        except db.Error as error:
            logger.warning("the database gives no work: %s", error)
            # While it was away nobody could renew a lease; whoever still writes shall have the chance to.
            self._patient_until = time.monotonic() + LEASE_SECONDS
            await in_database(replace_broken_connections)
            return
        for lease in claimed:
            # The task and all that it begins keep what holds now.
            with log_fields(conversation=lease.conversation_id):
                task = asyncio.create_task(self._serve(lease, gateway))
            self._tasks[task] = lease.conversation_pk
            task.add_done_callback(self._tasks.pop)
            # Its room is free for a question that waits.
            task.add_done_callback(lambda _task: woken.set())

    async def _serve(self, lease: Lease, gateway: Gateway) -> None:
        """Write the replies of one conversation, beside tasks that renew its lease and hear stops."""
        database = CallsInOrder()
        drafts: dict[str, Draft] = {}
        writing = asyncio.create_task(
            write_replies(
                lease, database, gateway, get_streams(), self._retriever_for, drafts, lambda: self._accepting
            )
        )
        keeping = asyncio.create_task(_keep(lease, database, drafts))
        hearing = asyncio.create_task(_hear_stops(lease, drafts))
        done, give_back = False, True
        try:
            # `_keep` ends only by an error, and then this runner must not write any more.
            await asyncio.wait({writing, keeping}, return_when=asyncio.FIRST_COMPLETED)
            if not writing.done():
                await keeping
            done = await writing
        except (LeaseLost, StreamConflict) as error:
            logger.warning("conversation %s is written elsewhere: %s", lease.conversation_id, error)
        except Exception:
            logger.exception("conversation %s could not be answered", lease.conversation_id)
            # The lease runs out by itself, so that a failure that lasts is not retried in a hot loop.
            give_back = False
        finally:
            kept = list(drafts.values())
            for task in (writing, keeping, hearing):
                task.cancel()
            await asyncio.gather(writing, keeping, hearing, return_exceptions=True)
            if not done:
                await asyncio.shield(database.call(_leave, lease, kept, give_back))


async def _listen(woken: asyncio.Event) -> None:
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add(hints.RUNNERS, channel)
    while True:
        await layer.receive(channel)
        woken.set()


async def _hear_stops(lease: Lease, drafts: dict[str, Draft]) -> None:
    layer = get_channel_layer()
    channel = await layer.new_channel()
    group = hints.group_of(lease.conversation_id)
    await layer.group_add(group, channel)
    try:
        while True:
            hint = await layer.receive(channel)
            draft = drafts.get(hint.get("message", ""))
            if hint["type"] == "reply.stop" and draft is not None:
                draft.stop.set()
    finally:
        await layer.group_discard(group, channel)


async def _keep(lease: Lease, database: CallsInOrder, drafts: dict[str, Draft]) -> None:
    """Renew the lease and save the text regularly; a stop whose hint was lost is found here."""
    while True:
        await asyncio.sleep(RENEWAL_SECONDS)
        for draft in list(drafts.values()):
            try:
                if await database.call(keep_text, lease, draft):
                    draft.stop.set()
            except db.Error as error:
                logger.warning("conversation %s: text not saved: %s", lease.conversation_id, error)


def _leave(lease: Lease, drafts: list[Draft], give_back: bool) -> None:
    """Keep what was written and let the next runner go on from there."""
    try:
        for draft in drafts:
            keep_text(lease, draft)
        if give_back:
            lease.release()
    except LeaseLost:
        return
    except db.Error as error:
        logger.warning("conversation %s: text not saved: %s", lease.conversation_id, error)


runners = ReplyRunners()
