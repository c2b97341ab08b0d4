"""Files of JSON lines by which a version is evaluated: passages, and questions with what is expected."""

import re
from dataclasses import dataclass
from pathlib import Path

from chatbot.knowledge.text_retriever import TextPassage
from inference.training.json_lines import BadLines, ids_in, json_objects, text_in

_ASKS = re.compile(r"[?？]\s*\Z")


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
            question=text_in(value, "question", place),
            reference=text_in(value, "reference", place, needed=False),
            relevant=ids_in(value, "relevant", place) if value.get("relevant") else frozenset(),
            answerable=bool(value.get("answerable", True)),
        )
        for place, value in json_objects(file, needed=True)
    ]


def read_passages(file: Path) -> list[TextPassage]:
    """Read passages: id, text, title?. One under a question is a curated answer to it. Raises BadLines."""
    passages: dict[str, TextPassage] = {}
    for place, value in json_objects(file, needed=True):
        passage = passage_of(
            text_in(value, "id", place),
            text_in(value, "text", place),
            text_in(value, "title", place, needed=False),
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
