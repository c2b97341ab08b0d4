"""The memory that Python and torch have freed, and the system does not know of yet."""

from __future__ import annotations

import ctypes
import gc
import logging

logger = logging.getLogger(__name__)


def give_memory_back() -> None:
    """Collect what refers to itself, and hand freed pages of the heap to the system, where that can be."""
    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError):
        logger.debug("This system's allocator gives memory back by itself, or not at all.")
