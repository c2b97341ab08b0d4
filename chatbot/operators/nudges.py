"""Tells the worker of an event that a webhook waits for; a nudge that is lost is made good by the beat."""

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from chatbot.conversations.models import ConversationEvent
from chatbot.operators.models import Webhook

logger = logging.getLogger(__name__)

# A queue that is away must hold nobody up who has just said something, hence the thread of its own.
_thread = ThreadPoolExecutor(1, thread_name_prefix="webhook-nudge")
_is_under_way = threading.Lock()

_EXPIRES_SECONDS = 30
# For so long a process believes what it read of a site's webhooks; new ones wait for the beat, no longer.
_KNOWN_SECONDS = 10.0
_known: dict[int, tuple[float, set[str]]] = {}


def forget() -> None:
    """Forget what is known of webhooks, as a process does that has only just begun."""
    _known.clear()


def nudge_for(event: ConversationEvent) -> None:
    """Ask the worker to deliver if a webhook of the site is to be told of `event`, which is committed."""
    if event.kind in _kinds_heard(event.conversation.site_id):
        nudge()


def _kinds_heard(site_id: int) -> set[str]:
    """Return the kinds of event that some webhook of the site is told of."""
    read_at, kinds = _known.get(site_id, (-_KNOWN_SECONDS, set[str]()))
    if time.monotonic() - read_at >= _KNOWN_SECONDS:
        hooks = Webhook.objects.enabled().filter(site=site_id)
        kinds = {kind for kinds in hooks.values_list("kinds", flat=True) for kind in kinds}
        _known[site_id] = (time.monotonic(), kinds)
    return kinds


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
