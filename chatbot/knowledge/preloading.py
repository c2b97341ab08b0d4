"""Large sites' indexes, read when a web process starts, so that no visitor waits for that."""

import logging
import threading

from django.db import DatabaseError, close_old_connections
from django.db.models import Count

from chatbot.knowledge.candidate_search import encoders_in_memory
from chatbot.knowledge.index.loaded import loaded_indexes
from chatbot.knowledge.models import Passage, PassageVector
from chatbot.knowledge.vectors import unpacked

logger = logging.getLogger(__name__)

# What is smaller is read within a question's time.
_LARGE = 2_000


def preload_in_background() -> None:
    """Read the indexes of large sites in a thread of its own, the largest last; nobody waits for it."""
    threading.Thread(target=_preload, name="preload knowledge", daemon=True).start()


def preload() -> list[int]:
    """Read the indexes of large sites as far as they are held in memory; return the sites."""
    sizes = (
        Passage.objects.values("site").annotate(size=Count("pk")).filter(size__gte=_LARGE).order_by("size")
    )
    read = []
    for site_id in sizes.values_list("site", flat=True):
        stored = PassageVector.objects.filter(site_id=site_id)
        names = stored.order_by().values_list("encoder", flat=True).distinct()
        # One vector of each says how much memory its encoder's take.
        samples = {name: stored.filter(encoder=name).values_list("values", flat=True)[:1] for name in names}
        vectors = {name: unpacked(list(sample))[0] for name, sample in samples.items()}
        loaded_indexes.of_now(site_id, encoders_in_memory(site_id, vectors))
        read.append(site_id)
    return read


def _preload() -> None:
    try:
        preload()
    except DatabaseError as error:
        logger.warning("The knowledge is read when somebody asks: %s", error)
    finally:
        close_old_connections()
