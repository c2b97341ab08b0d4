"""From any thread to an event loop, waking it once for all that has come together."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from weakref import WeakValueDictionary

logger = logging.getLogger(__name__)


class Mailbox:
    """Calls that other threads hand to one event loop, made there in the order in which they were posted.

    A wake-up of an event loop costs a system call and switches threads. A step of the engine posts once for
    each answer; all of them share one wake-up.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._lock = threading.Lock()
        self._calls: list[Callable[[], None]] = []

    @classmethod
    def here(cls) -> Mailbox:
        """The mailbox that all who hold one on the running event loop share."""
        loop = asyncio.get_running_loop()
        mailbox = _mailboxes.get(id(loop))
        if mailbox is None:
            mailbox = _mailboxes[id(loop)] = cls(loop)
        return mailbox

    def post(self, call: Callable[[], None]) -> None:
        """Have the event loop make `call`; raises RuntimeError where the loop is closed."""
        with self._lock:
            self._calls.append(call)
            if len(self._calls) > 1:
                return
        try:
            self._loop.call_soon_threadsafe(self._deliver)
        except RuntimeError:
            with self._lock:
                self._calls.clear()
            raise

    def _deliver(self) -> None:
        with self._lock:
            calls, self._calls = self._calls, []
        for call in calls:
            try:
                call()
            except Exception:
                logger.exception("A call from another thread failed on the event loop.")


# A mailbox keeps its event loop alive, and with it the loop's id its own.
_mailboxes: WeakValueDictionary[int, Mailbox] = WeakValueDictionary()
