"""What a topic is called: a few words of the language model that its questions bear out, or a question."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Sequence, Set
from contextlib import aclosing
from dataclasses import dataclass

from django.utils.text import Truncator

from chatbot.analytics.models import Topic
from chatbot.conversations.answering.languages import language_of
from chatbot.conversations.answering.words import content
from chatbot.conversations.gateways import new_gateway
from inference.gateway import ChatMessage, Gateway, ModelUnavailable, RequestRejected
from inference.languages import languages_in_use

logger = logging.getLogger(__name__)

_LONGEST = 60
_MOST_WORDS = 7
_SHOWN = 6
_MOST_CHARACTERS = 160
_MOST_TOKENS = 24
# Visitors come first: for so many topics a night the model is asked, and so long; the others are called by a
# question.
_MOST_ASKED = 40
_MOST_SECONDS = 120.0
_SECONDS_A_NAME = 15.0
# In so many of the questions each word of a name must occur, and one of its words in this share of them.
_OFTEN = 2
_COMMON = 0.3
_PROMPT = "You give short titles to groups of customer questions. A title has two to four words."
# A model of this size goes by examples.
_EXAMPLES = (
    (
        ("where is my parcel", "My parcel has not arrived yet", "How do I track a parcel?"),
        "Where the parcel is",
    ),
    (
        ("I forgot my password", "how to reset password", "The password is not accepted any more"),
        "Forgotten password",
    ),
    (("Do you ship to Norway?", "which countries do you ship to", "shipping abroad"), "Shipping abroad"),
)


@dataclass(frozen=True, slots=True)
class Name:
    """A topic's name and where it is from."""

    text: str
    named_by: Topic.NamedBy


def names_for(groups: Sequence[Sequence[str]]) -> list[Name]:
    """Return a name for each group of questions, the largest first, each with its most central ones first.

    The language model is asked for the first groups, as long as there is time, it is there, and it writes the
    questions' language; else the name is the most central question that is short.
    """
    return asyncio.run(_names_for(groups, languages_in_use()))


def borne_out(said: str, questions: Sequence[str]) -> str:
    """Return the name in what a model said, cleaned; empty for one that the questions do not bear out.

    A small model makes up much, and takes what one customer asked for what all do. A name is taken only if
    several questions have each of its words of meaning, and many have one of them.
    """
    lines = said.strip().splitlines()
    name = " ".join(lines[0].split()).strip(" \"'“”„«»*#-–—.:;,!?。：，") if lines else ""
    if (
        not name
        or len(name) > _LONGEST
        or len(name.split()) > _MOST_WORDS
        or any(c in "<>{}[]|" for c in name)
    ):
        return ""
    counts: Counter[str] = Counter()
    for question in questions:
        counts.update(set(content(question)))
    own = set(content(name))
    often = min(_OFTEN, len(questions))
    if not own or min(counts[word] for word in own) < often:
        return ""
    if max(counts[word] for word in own) < _COMMON * len(questions):
        return ""
    return name[0].upper() + name[1:]


def from_question(questions: Sequence[str]) -> Name:
    """Return the first question that is short enough, else the beginning of the first one."""
    short = [question for question in questions if len(question) <= _LONGEST]
    return Name(Truncator((short or questions)[0]).chars(_LONGEST + 1), Topic.NamedBy.QUESTION)


async def _names_for(groups: Sequence[Sequence[str]], spoken: Set[str]) -> list[Name]:
    names: list[Name] = []
    give_up_at = time.monotonic() + _MOST_SECONDS
    gateway = new_gateway()
    try:
        for place, questions in enumerate(groups):
            name = ""
            is_asked = place < _MOST_ASKED and time.monotonic() < give_up_at
            if is_asked and language_of(questions[0]) in spoken:
                try:
                    async with asyncio.timeout(_SECONDS_A_NAME):
                        name = borne_out(await _ask(gateway, questions), questions)
                except (ModelUnavailable, RequestRejected, TimeoutError) as error:
                    logger.warning("topics are named by their questions: %s", error or type(error).__name__)
                    give_up_at = 0.0
            names.append(Name(name, Topic.NamedBy.MODEL) if name else from_question(questions))
    finally:
        await gateway.aclose()
    return names


async def _ask(gateway: Gateway, questions: Sequence[str]) -> str:
    messages: list[ChatMessage] = [{"role": "system", "content": _PROMPT}]
    for shown, title in (*_EXAMPLES, (questions[:_SHOWN], "")):
        lines = "\n".join(f"- {question[:_MOST_CHARACTERS]}" for question in shown)
        messages.append({"role": "user", "content": f"Questions:\n{lines}\n\nTitle:"})
        if title:
            messages.append({"role": "assistant", "content": title})
    said = ""
    async with aclosing(
        gateway.stream_chat(messages, max_tokens=_MOST_TOKENS, temperature=0.0, frequency_penalty=0.0)
    ) as chunks:
        async for chunk in chunks:
            said += chunk.text
    return said
