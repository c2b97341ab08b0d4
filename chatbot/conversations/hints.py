"""The one place that tells other parts of Parley to look at a conversation again.

Hints carry ids and no truth: whoever receives one reads the database or the stream buffer.
"""

import logging
from functools import partial
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction

from chatbot.conversations.models import Conversation

logger = logging.getLogger(__name__)

RUNNERS = "reply-runners"


def group_of(conversation_id: str) -> str:
    """Return the channel layer's group for the conversation with this public id."""
    return f"conversation.{conversation_id}"


def inbox_of(site_id: int) -> str:
    """Return the channel layer's group for the inboxes that show the site with this key."""
    return f"site.{site_id}"


def announce_change(conversation: Conversation) -> None:
    """Once the running transaction has committed, hint that the conversation has changed.

    Its sockets look for new events, and the inboxes of its site look at its row.
    """
    changed = ({"type": "conversation.changed"}, group_of(conversation.public_id))
    _after_commit(changed, _for_inbox(conversation))


def announce_to_inbox(conversation: Conversation) -> None:
    """Once the running transaction has committed, hint what concerns the staff only."""
    _after_commit(_for_inbox(conversation))


def announce_sentiment(conversation: Conversation) -> None:
    """Once the running transaction has committed, hint to the staff that the visitor's mood is known anew.

    The lists look at the row and the conversation's page at the marks of its messages; visitors hear nothing.
    """
    group = inbox_of(conversation.site_id)
    known = ({"type": "sentiment.changed", "conversation": conversation.public_id}, group)
    _after_commit(_for_inbox(conversation), known)


def announce_block(conversation_id: str) -> None:
    """Once the running transaction has committed, close the visitor's sockets in this conversation."""
    _after_commit(({"type": "visitor.blocked"}, group_of(conversation_id)))


def announce_stop(conversation_id: str, message_id: str) -> None:
    """Once the running transaction has committed, hint that a reply shall stop."""
    _after_commit(({"type": "reply.stop", "message": message_id}, group_of(conversation_id)))


def announce_work() -> None:
    """Once the running transaction has committed, wake the reply runners of every web process."""
    _after_commit(({"type": "work.waiting"}, RUNNERS))


async def stir(conversation_id: str, message_id: str) -> None:
    """Hint that a reply's text has grown; a lost hint is made good by the next one."""
    await _send({"type": "reply.grew", "message": message_id}, group_of(conversation_id))


async def show_typing(conversation_id: str, author: str, name: str = "") -> None:
    """Hint that somebody, a visitor or an operator, is typing; worth nothing a few seconds later."""
    hint = {"type": "person.typing", "author": author, "name": name}
    await _send(hint, group_of(conversation_id))


def _for_inbox(conversation: Conversation) -> tuple[dict[str, Any], str]:
    return {"type": "inbox.changed", "conversation": conversation.pk}, inbox_of(conversation.site_id)


def _after_commit(*hints: tuple[dict[str, Any], str]) -> None:
    """Send each hint to its group after the commit, all in one visit to an event loop: each costs time."""
    transaction.on_commit(partial(async_to_sync(_send_all), hints), robust=True)


async def _send_all(hints: tuple[tuple[dict[str, Any], str], ...]) -> None:
    for hint, group in hints:
        await _send(hint, group)


async def _send(hint: dict[str, Any], group: str) -> None:
    try:
        await get_channel_layer().group_send(group, hint)
    except Exception as error:
        # Readers look again at every heartbeat, so a layer that is away delays and loses nothing.
        logger.warning("hint %s was not sent: %s", hint["type"], error)
