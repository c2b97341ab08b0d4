"""`manage.py evaluate retrieval`: whether questions find the passages that answer them, and how fast."""

import asyncio
import time
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.core.management.base import CommandError

from benchmarks.installation import NotReady
from benchmarks.model_server import running_model_server
from chatbot.knowledge.encoders import encoders_for_questions
from chatbot.knowledge.retrieval import Retriever
from chatbot.knowledge.text_retriever import TextIndex, TextPassage, TextRetriever
from chatbot.knowledge.vectors import encode_passages
from chatbot.monitoring.obstacles import Obstacle
from chatbot.monitoring.preparation import prepare_models
from chatbot.workshop.evaluating.question_files import read_passages
from inference.encoding import EncoderUnavailable
from inference.training.json_lines import BadLines, ids_in, json_objects, text_in

HELP = "the share of questions that find their passages, and how long that takes"
_DEPTH = 10
# The first questions also pay for what is loaded once.
_WARMING = 3
_TELL_EVERY = 200


@dataclass(frozen=True, slots=True)
class Query:
    """A question with the ids of the passages that answer it."""

    text: str
    relevant: frozenset[str]


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of `evaluate retrieval`."""
    parser.add_argument("--passages", type=Path, required=True, help="JSON lines: id, text, title?")
    parser.add_argument("--queries", type=Path, required=True, help="JSON lines: query, relevant (ids)")


def run(options: dict[str, Any], write: Callable[[str], None]) -> dict[str, Any]:
    """Ask every question and return the figures; raises CommandError."""
    try:
        passages = read_passages(options["passages"])
        queries = read_queries(options["queries"], passages)
    except BadLines as error:
        raise CommandError(str(error)) from error
    try:
        prepare_models(write)
        with running_model_server(settings.INFERENCE_URLS[0]):
            write(f"Encoding {len(passages)} passages")
            texts = [passage.compared for passage in passages]
            told = [0]

            def tell(done: int) -> None:
                if done - told[0] >= _TELL_EVERY:
                    told[0] = done
                    write(f"  {done} of {len(texts)}")

            index = TextIndex(passages, encode_passages(texts, tell).vectors)
            retriever = TextRetriever(index, lambda query: encoders_for_questions().embed_query(query))
            write(f"Asking {len(queries)} questions")
            return asyncio.run(measure(retriever, queries))
    except (NotReady, EncoderUnavailable, Obstacle) as error:
        raise CommandError(str(error)) from error


def read_queries(file: Path, passages: Sequence[TextPassage]) -> list[Query]:
    """Read questions: query, relevant. Raises BadLines, also for an id that no passage has."""
    known = {passage.id for passage in passages}
    queries = []
    for place, value in json_objects(file, needed=True):
        relevant = ids_in(value, "relevant", place)
        if not relevant:
            raise BadLines(f"{place}: “relevant” names no passage.")
        if missing := sorted(relevant - known):
            raise BadLines(f"{place}: no passage has the id “{missing[0]}”.")
        queries.append(Query(text_in(value, "query", place), relevant))
    return queries


async def measure(retriever: Retriever, queries: Sequence[Query]) -> dict[str, Any]:
    """Ask one question after the other, as one visitor would; times are of encoding and search together."""
    for query in queries[:_WARMING]:
        await retriever.retrieve(query.text, limit=_DEPTH)
    ranks: list[int | None] = []
    milliseconds = []
    partial = 0
    for query in queries:
        started = time.perf_counter()
        retrieval = await retriever.retrieve(query.text, limit=_DEPTH)
        milliseconds.append((time.perf_counter() - started) * 1000)
        found = [] if retrieval is None else [one.passage_id for one in retrieval.found]
        partial += retrieval is not None and retrieval.is_partial
        ranks.append(next((rank for rank, key in enumerate(found) if key in query.relevant), None))
    return {
        **figures_of(ranks),
        "p50_ms": round(float(np.percentile(milliseconds, 50)), 2),
        "p95_ms": round(float(np.percentile(milliseconds, 95)), 2),
        "queries": len(queries),
        "words_alone": partial,
    }


def figures_of(ranks: Sequence[int | None]) -> dict[str, float]:
    """Return recall and mean reciprocal rank for the place (from 0) of the first right passage of each."""
    count = max(1, len(ranks))
    return {
        "recall@1": round(sum(rank == 0 for rank in ranks) / count, 4),
        "recall@5": round(sum(rank is not None and rank < 5 for rank in ranks) / count, 4),
        "mrr@10": round(sum(1 / (rank + 1) for rank in ranks if rank is not None and rank < 10) / count, 4),
    }
