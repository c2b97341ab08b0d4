"""The sites whose indexes this process holds; read in a thread of their own, dropped when memory is short."""

import asyncio
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from django.conf import settings
from django.db import close_old_connections

from chatbot.knowledge.index.site_index import SiteIndex

Result = TypeVar("Result")

logger = logging.getLogger(__name__)


class LoadedIndexes:
    """Indexes by site, the least recently used first; together at most `max_bytes`, or one alone.

    One thread reads from the database what is not here, so that a large site holds up no other call.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._indexes: OrderedDict[int, SiteIndex] = OrderedDict()
        self._reading: dict[int, tuple[tuple[str, ...], Future[SiteIndex]]] = {}
        self._lock = threading.Lock()
        self._thread = ThreadPoolExecutor(1, "knowledge")

    @property
    def nbytes(self) -> int:
        """Memory of all indexes, in bytes."""
        with self._lock:
            return sum(index.nbytes for index in self._indexes.values())

    def size_of(self, site_id: int) -> int | None:
        """Return how many passages the site's index holds; None where there is none yet."""
        with self._lock:
            index = self._indexes.get(site_id)
            return None if index is None else len(index)

    async def of(self, site_id: int, encoders: Sequence[str]) -> SiteIndex:
        """Return the site's index with vectors from these encoders, once it has been read."""
        ready = self._ready(site_id, encoders)
        return ready if isinstance(ready, SiteIndex) else await asyncio.wrap_future(ready)

    def of_now(self, site_id: int, encoders: Sequence[str]) -> SiteIndex:
        """Do the same where no event loop runs."""
        ready = self._ready(site_id, encoders)
        return ready if isinstance(ready, SiteIndex) else ready.result()

    def catch_up(self, index: SiteIndex) -> None:
        """Let an index take in many changes, without waiting for that."""
        self._thread.submit(_in_database, index.follow)

    def forget(self) -> None:
        """Drop all indexes, as tests do after each other."""
        with self._lock:
            self._indexes.clear()
            self._reading.clear()

    def _ready(self, site_id: int, encoders: Sequence[str]) -> SiteIndex | Future[SiteIndex]:
        with self._lock:
            index = self._indexes.get(site_id)
            if index is not None and set(encoders) <= set(index.encoders):
                self._indexes.move_to_end(site_id)
                return index
            wanted, reading = self._reading.get(site_id, ((), None))
            if reading is None or not set(encoders) <= set(wanted):
                fresh = SiteIndex(site_id, encoders)
                reading = self._thread.submit(_in_database, self._read, fresh)
                self._reading[site_id] = (fresh.encoders, reading)
            return reading

    def _read(self, index: SiteIndex) -> SiteIndex:
        try:
            index.read()
        finally:
            with self._lock:
                self._reading.pop(index.site_id, None)
        with self._lock:
            self._indexes[index.site_id] = index
            self._indexes.move_to_end(index.site_id)
            while len(self._indexes) > 1 and sum(i.nbytes for i in self._indexes.values()) > self.max_bytes:
                site_id, dropped = self._indexes.popitem(last=False)
                logger.info("Dropped the index of site %d (%d MB).", site_id, dropped.nbytes // 10**6)
        return index


def _in_database(function: Callable[..., Result], *arguments: Any) -> Result:
    close_old_connections()
    try:
        return function(*arguments)
    finally:
        close_old_connections()


loaded_indexes = LoadedIndexes(settings.KNOWLEDGE_MEMORY_MB * 10**6)
