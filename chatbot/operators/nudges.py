"""Tells the worker of an event that a webhook waits for; a nudge that is lost is made good by the beat."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

from chatbot.conversations.models import ConversationEvent
from chatbot.operators.models import Webhook

logger = logging.getLogger(__name__)

# A queue that is away must hold nobody up who has just said something, hence the thread of its own.
_thread = ThreadPoolExecutor(1, thread_name_prefix="webhook-nudge")
_is_under_way = threading.Lock()

_EXPIRES_SECONDS = 30


def nudge_for(event: ConversationEvent) -> None:
    """Ask the worker to deliver if a webhook of the site is to be told of `event`, which is committed."""
    hooks = Webhook.objects.enabled().filter(site__conversations=event.conversation_id)
    if any(event.kind in kinds for kinds in hooks.values_list("kinds", flat=True)):
        nudge()


def nudge() -> None:
    """Ask the worker to deliver, unless somebody is just about to."""
    if _is_under_way.acquire(blocking=False):
        _thread.submit(_ask)


def _ask() -> None:
    from chatbot.operators.tasks import deliver_webhooks

    # From here on another event needs another task: this one may look before that event is there.
    _is_under_way.release()
    try:
        deliver_webhooks.apply_async(retry=False, expires=_EXPIRES_SECONDS)
    except Exception as error:
        logger.warning("the worker was not asked to deliver webhooks: %s", error)
