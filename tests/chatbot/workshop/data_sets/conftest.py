"""Data sets in the test's own folder, filled as an import fills them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from accounts.models import Site
from chatbot.conversations.models import Conversation, Message, Visitor
from chatbot.workshop.models import ConversationConsent, DataSet, DataSource, Example, key_of, rank_of

Fill = Callable[..., DataSource]


@pytest.fixture(autouse=True)
def data_folder(settings: LazySettings, tmp_path: Path) -> Path:
    """What data sets keep on disk lies in the test's folder."""
    settings.DATA_DIR = tmp_path
    return tmp_path


@pytest.fixture
def data_set(db: None) -> DataSet:
    return DataSet.objects.create(name="Lamps")


def dialogue(question: str, answer: str) -> list[dict[str, Any]]:
    """Return a question and its answer as messages."""
    return [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]


def fill(data_set: DataSet, *dialogues: list[dict[str, Any]], **fields: Any) -> list[Example]:
    """Add dialogues, each a conversation of its own unless `group` says otherwise; `fields` go into each."""
    source = DataSource.objects.create(
        data_set=data_set, kind="file", state="ready", name="lamps.jsonl", licence="CC0"
    )
    examples = []
    for line, messages in enumerate(dialogues, 1):
        example = Example(
            **{"data_set": data_set, "source": source, "line": line, "messages": messages, "language": "en"}
            | fields
        )
        example.rank = rank_of(example.public_id)
        example.group = example.group or key_of(example.public_id)
        examples.append(example)
    return Example.objects.bulk_create(examples)


_THINGS = ("lamp", "cable", "parcel", "invoice", "switch", "bulb", "shade", "socket", "battery", "manual")
_TROUBLES = ("broke", "never came", "smells odd", "is too loud", "has the wrong colour", "got wet", "hums")


def many(count: int) -> list[list[dict[str, Any]]]:
    """Return dialogues of which no two are alike."""
    return [
        dialogue(
            f"My {_THINGS[number % 10]} number {number * 7919} {_TROUBLES[number % 7]} on day {number}, why?",
            f"Answer {number * 104729}: send {_THINGS[number * 3 % 10]} {number * 31} back to desk {number}.",
        )
        for number in range(count)
    ]


def consent(site: Site, allows: bool = True) -> ConversationConsent:
    return ConversationConsent.objects.create(site=site, allows_data_sets=allows)


def talk(site: Site, *said: tuple[str, str], **fields: Any) -> Conversation:
    """Store a conversation in which (author, text) were said."""
    visitor, _secret = Visitor.objects.register(site)
    conversation = Conversation.objects.create(site=site, visitor=visitor, **fields)
    before = None
    for author, text in said:
        answers = before if author == "assistant" else None
        before = Message.objects.create(
            conversation=conversation, author=author, text=text, answers=answers, status="completed"
        )
    return conversation
