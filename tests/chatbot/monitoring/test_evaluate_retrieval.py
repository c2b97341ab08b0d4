import asyncio
import json
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from chatbot.knowledge.retrieval import Found, Retrieval
from chatbot.monitoring.evaluations.retrieval import Query, figures_of, measure, read_queries
from chatbot.workshop.evaluating.question_files import passage_of, read_passages
from inference.training.json_lines import BadLines

PASSAGE = '{"id": "a", "text": "We open at nine."}'
QUERY = '{"query": "When do you open?", "relevant": ["a"]}'


def evaluate(folder: Path, passages: str, queries: str) -> None:
    (folder / "passages.jsonl").write_text(passages, encoding="utf-8")
    (folder / "queries.jsonl").write_text(queries, encoding="utf-8")
    call_command(
        "evaluate",
        "retrieval",
        passages=folder / "passages.jsonl",
        queries=folder / "queries.jsonl",
    )


@pytest.mark.parametrize(
    ("passages", "queries", "says"),
    [
        ("", QUERY, "passages.jsonl has no lines"),
        (PASSAGE + "\n{no json", QUERY, "passages.jsonl, line 2: this is no JSON"),
        (PASSAGE + "\n[1]", QUERY, "line 2: each line must be an object"),
        ('{"id": "a"}', QUERY, "line 1: “text” must be a text"),
        ('{"text": "We open at nine."}', QUERY, "line 1: “id” must be a text"),
        (PASSAGE + "\n\n" + PASSAGE, QUERY, "line 3: the id “a” was there before"),
        ('{"id": "a", "text": "t", "title": 3.5}', QUERY, "“title” must be a text"),
        (PASSAGE, '{"query": "When?"}', "queries.jsonl, line 1: “relevant” must be a list of ids"),
        (PASSAGE, '{"query": "When?", "relevant": []}', "“relevant” names no passage"),
        (PASSAGE, '{"query": "When?", "relevant": ["b"]}', "no passage has the id “b”"),
        (PASSAGE, '{"query": " ", "relevant": ["a"]}', "“query” must be a text that is not empty"),
    ],
)
def test_a_bad_line_is_named_with_what_is_expected(
    tmp_path: Path, passages: str, queries: str, says: str
) -> None:
    with pytest.raises(CommandError, match=r"passages|queries") as error:
        evaluate(tmp_path, passages, queries)
    assert says in str(error.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadLines, match=r"nowhere\.jsonl cannot be read"):
        read_passages(tmp_path / "nowhere.jsonl")


def test_numbers_are_ids_too(tmp_path: Path) -> None:
    (tmp_path / "p").write_text('\ufeff{"id": 7, "text": "x"}\r\n', encoding="utf-8")
    (tmp_path / "q").write_text('{"query": "y", "relevant": [7]}\n', encoding="utf-8")
    passages = read_passages(tmp_path / "p")
    assert read_queries(tmp_path / "q", passages) == [Query("y", frozenset({"7"}))]


def test_a_title_that_asks_is_the_question_of_a_curated_answer() -> None:
    assert passage_of("a", "At nine.", "When do you open?").question == "When do you open?"
    assert passage_of("a", "几点开门？\n九点。").question == "几点开门？"
    assert passage_of("a", "At nine.", "Opening hours").question == ""
    assert passage_of("a", "When do you open?").question == ""


def test_recall_and_reciprocal_rank() -> None:
    figures = figures_of([0, 1, 4, 9, None])
    assert figures == {"recall@1": 0.2, "recall@5": 0.6, "mrr@10": round((1 + 0.5 + 0.2 + 0.1) / 5, 4)}


class Finds:
    """A retriever that finds the same passages for every question."""

    async def retrieve(self, query: str, *, limit: int = 5) -> Retrieval | None:
        found = [Found(key, key, "", "", "", "", "", 0.9, None, 0.9) for key in ("b", "a", "c")]
        return Retrieval(query, found[:limit], 0.9)


def test_questions_are_asked_of_the_retriever() -> None:
    figures = asyncio.run(measure(Finds(), [Query("x", frozenset("a")), Query("y", frozenset("b"))]))
    assert (figures["recall@1"], figures["recall@5"], figures["mrr@10"]) == (0.5, 1.0, 0.75)
    assert figures["p95_ms"] >= figures["p50_ms"] >= 0
    assert json.dumps(figures)
