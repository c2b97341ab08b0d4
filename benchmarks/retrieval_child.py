"""One step of the benchmark of retrieval, in a process with a database of its own.

`python -m benchmarks.retrieval_child fill|measure PASSAGES QUESTIONS`; figures are printed as JSON.
"""

import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import django
import numpy as np
from numpy.typing import NDArray

from benchmarks.retrieval_texts import passages, questions

ENCODERS = ("multilingual-e5-small@1", "all-MiniLM-L6-v2@1")
DIMENSION = 384
_TOPICS = 500
_PASSAGES_A_DOCUMENT = 20
_ROWS_AT_A_TIME = 2_000


def fill(count: int) -> None:
    """Make a site with `count` passages, 20 to a document, and another one a tenth as large."""
    from django.core.management import call_command

    from accounts.models import Site

    call_command("migrate", verbosity=0)
    for key, size in (("large", count), ("small", max(1, count // 10))):
        site = Site.objects.create(name=key, public_key=key)
        _add(site.pk, list(passages(size, seed=len(key) + size)), seed=size)


def _add(site_id: int, texts: list[str], seed: int) -> None:
    from django.db import transaction

    from chatbot.knowledge.models import Document, Passage, Source
    from chatbot.knowledge.vectors import Encoded, store_vectors

    source, _created = Source.objects.get_or_create(site_id=site_id, kind=Source.Kind.TEXT, name="Guide")
    draw = np.random.default_rng(seed)
    for start in range(0, len(texts), _ROWS_AT_A_TIME):
        some = texts[start : start + _ROWS_AT_A_TIME]
        with transaction.atomic():
            documents = Document.objects.bulk_create(
                Document(site_id=site_id, source=source, title="", status=Document.Status.READY)
                for _ in range(0, len(some), _PASSAGES_A_DOCUMENT)
            )
            rows = Passage.objects.bulk_create(
                Passage(
                    site_id=site_id,
                    document=documents[place // _PASSAGES_A_DOCUMENT],
                    position=place % _PASSAGES_A_DOCUMENT,
                    text=text,
                )
                for place, text in enumerate(some)
            )
            store_vectors(rows, Encoded({name: _vectors(len(rows), draw) for name in ENCODERS}))


def _vectors(count: int, draw: np.random.Generator) -> NDArray[np.float32]:
    """Return vectors around some hundred topics, as those of real texts lie."""
    topics = np.random.default_rng(5).standard_normal((_TOPICS, DIMENSION))
    vectors = topics[draw.integers(0, _TOPICS, count)] + draw.standard_normal((count, DIMENSION))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def measure(count: int, asked: int) -> dict[str, float]:
    """Ask the large site `asked` questions, after as many that do not count; times in milliseconds."""
    from accounts.models import Site
    from chatbot.knowledge.candidate_search import encoders_in_memory, search_site
    from chatbot.knowledge.index.loaded import loaded_indexes
    from chatbot.knowledge.ranking.mixing import rank

    bare = _resident()
    site = Site.objects.get(public_key="large")
    draw = np.random.default_rng(11)
    texts = questions(2 * asked)
    vectors = [dict.fromkeys(ENCODERS, row) for row in _vectors(2 * asked, draw)]
    reading = time.perf_counter()
    index = loaded_indexes.of_now(site.pk, encoders_in_memory(site.pk, vectors[0]))
    reading = time.perf_counter() - reading

    def ask(number: int) -> None:
        rank(search_site(index, texts[number], vectors[number]).candidates)

    for number in range(asked):
        ask(number)
    before = _resident()
    times = sorted(_milliseconds(partial(ask, asked + number)) for number in range(asked))
    after = _resident()
    _add(site.pk, list(passages(20, seed=99)), seed=99)
    added = _milliseconds(partial(ask, 0))
    return {
        "passages": count,
        "searches": asked,
        "p50_ms": round(statistics.median(times), 2),
        "p95_ms": round(times[int(0.95 * len(times))], 2),
        "max_ms": round(times[-1], 2),
        "after_one_more_document_ms": round(added, 2),
        "rss_mb": round(after / 1e6, 1),
        "rss_grown_by_searches_mb": round((after - before) / 1e6, 2),
        "rss_before_mb": round(bare / 1e6, 1),
        "index_mb": round(index.nbytes / 1e6, 1),
        "read_seconds": round(reading, 2),
    }


def _resident() -> int:
    """Return the memory resident in this process, in bytes; 0 where /proc is missing."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def _milliseconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatbot.settings")
    django.setup()
    step, size, asked = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    if step == "fill":
        fill(size)
    else:
        print(json.dumps(measure(size, asked)))
