"""Files of JSON lines by which a version is evaluated: passages, and questions with what is expected."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chatbot.knowledge.text_retriever import TextPassage
from inference.training.json_lines import BadLines, json_objects

_ASKS = re.compile(r"[?？]\s*\Z")


def read_lines(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each line that is not blank as an object, with its place (“queries.jsonl, line 3”).

    Raises BadLines, also where there is no line at all.
    """
    found = False
    for line in json_objects(file):
        found = True
        yield line
    if not found:
        raise BadLines(f"{file} has no lines.")


def words_of(value: dict[str, Any], name: str, place: str, *, needed: bool = True) -> str:
    """Return the text of a field; numbers count as texts. Raises BadLines."""
    found = value.get(name)
    if isinstance(found, int) and not isinstance(found, bool):
        found = str(found)
    if found is None and not needed:
        return ""
    if not isinstance(found, str) or (needed and not found.strip()):
        raise BadLines(f"{place}: “{name}” must be a text" + (" that is not empty." if needed else "."))
    return found


def ids_of(value: dict[str, Any], name: str, place: str) -> frozenset[str]:
    """Return a list of ids. Raises BadLines."""
    found = value.get(name)
    if not isinstance(found, list) or not all(isinstance(one, str | int) for one in found):
        raise BadLines(f"{place}: “{name}” must be a list of ids, like [“a1”].")
    return frozenset(str(one) for one in found)


@dataclass(frozen=True, slots=True)
class Case:
    """A question of the dataset; `relevant` are ids of passages that answer it."""

    question: str
    reference: str = ""
    relevant: frozenset[str] = frozenset()
    answerable: bool = True


def read_cases(file: Path) -> list[Case]:
    """Read questions: question, reference?, relevant?, answerable?. Raises BadLines."""
    return [
        Case(
            question=words_of(value, "question", place),
            reference=words_of(value, "reference", place, needed=False),
            relevant=ids_of(value, "relevant", place) if value.get("relevant") else frozenset(),
            answerable=bool(value.get("answerable", True)),
        )
        for place, value in read_lines(file)
    ]


def read_passages(file: Path) -> list[TextPassage]:
    """Read passages: id, text, title?. One under a question is a curated answer to it. Raises BadLines."""
    passages: dict[str, TextPassage] = {}
    for place, value in read_lines(file):
        passage = passage_of(
            words_of(value, "id", place),
            words_of(value, "text", place),
            words_of(value, "title", place, needed=False),
        )
        if passage.id in passages:
            raise BadLines(f"{place}: the id “{passage.id}” was there before.")
        passages[passage.id] = passage
    return list(passages.values())


def passage_of(key: str, text: str, title: str = "") -> TextPassage:
    """Return a passage; one with a question as its title, or as its first line, is a curated answer."""
    head, _break, rest = text.partition("\n")
    if _ASKS.search(title):
        return TextPassage(key, text, title=title, question=title.strip())
    if _ASKS.search(head) and rest.strip():
        return TextPassage(key, rest.strip(), title=title or head, question=head.strip())
    return TextPassage(key, text, title=title)
