"""The one place that tells a person's open sockets that what the person may do has changed."""

import logging
from functools import partial

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction

logger = logging.getLogger(__name__)

ACCESS_CHANGED = {"type": "access.changed"}


def group_of_person(person_id: int) -> str:
    """Return the channel layer's group for the sockets of the person with this primary key."""
    return f"person.{person_id}"


def access_changed(person_id: int) -> None:
    """Once the running transaction has committed, let every socket of the person close.

    The person signed out, lost or got a role, was blocked, or changed a password or a second factor. Whoever
    may still come in opens a new socket, which is judged by what then holds.
    """
    transaction.on_commit(partial(async_to_sync(_send), person_id), robust=True)


async def _send(person_id: int) -> None:
    try:
        await get_channel_layer().group_send(group_of_person(person_id), ACCESS_CHANGED)
    except Exception as error:
        # A layer that is away tells its readers to look again once it is back.
        logger.warning("the sockets of person %s were not told of a change: %s", person_id, error)
