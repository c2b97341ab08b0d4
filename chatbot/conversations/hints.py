"""The one place that tells other parts of Parley to look at a conversation again.

Hints carry ids and no truth: whoever receives one reads the database or the stream buffer.
"""

import logging
from functools import partial

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction

logger = logging.getLogger(__name__)

RUNNERS = "reply-runners"


def group_of(conversation_id: str) -> str:
    """Return the channel layer's group for the conversation with this public id."""
    return f"conversation.{conversation_id}"


def announce_change(conversation_id: str) -> None:
    """Once the running transaction has committed, hint that the conversation has new events."""
    _after_commit({"type": "conversation.changed"}, group_of(conversation_id))


def announce_stop(conversation_id: str, message_id: str) -> None:
    """Once the running transaction has committed, hint that a reply shall stop."""
    _after_commit({"type": "reply.stop", "message": message_id}, group_of(conversation_id))


def announce_work() -> None:
    """Once the running transaction has committed, wake the reply runners of every web process."""
    _after_commit({"type": "work.waiting"}, RUNNERS)


async def stir(conversation_id: str, message_id: str) -> None:
    """Hint that a reply's text has grown; a lost hint is made good by the next one."""
    await _send({"type": "reply.grew", "message": message_id}, group_of(conversation_id))


def _after_commit(hint: dict[str, str], group: str) -> None:
    transaction.on_commit(partial(async_to_sync(_send), hint, group), robust=True)


async def _send(hint: dict[str, str], group: str) -> None:
    try:
        await get_channel_layer().group_send(group, hint)
    except Exception as error:
        # Readers look again at every heartbeat, so a layer that is away delays and loses nothing.
        logger.warning("hint %s was not sent: %s", hint["type"], error)
