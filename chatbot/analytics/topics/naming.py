"""What a topic is called: a few words of the language model that its questions bear out, or a question."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Sequence
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
# Visitors come first: a night's names end here, and the topics without one are called by a question.
_MOST_SECONDS = 180.0
_SECONDS_A_NAME = 15.0
# So many of a name's words must occur in the questions, and one of them in so many of the questions.
_BORNE_OUT = 0.75
_COMMON = 0.3
_PROMPT = (
    "You give short titles to groups of customer questions. Answer with a title of two to five words that "
    "says what all the questions are about. No sentence, no explanation."
)


@dataclass(frozen=True, slots=True)
class Name:
    """A topic's name and where it is from."""

    text: str
    named_by: Topic.NamedBy


def names_for(groups: Sequence[Sequence[str]]) -> list[Name]:
    """Return a name for each group of questions, whose most central ones come first.

    The language model is asked as long as there is time, it is there, and it writes the questions' language;
    else the name is the most central question that is short.
    """
    return asyncio.run(_names_for(groups))


def borne_out(said: str, questions: Sequence[str]) -> str:
    """Return the name in what a model said, cleaned; empty for one that the questions do not bear out.

    A small model makes up much. A name is taken only if most of its words are the questions' own, and one of
    them is a word that many of the questions have.
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
    if not own or sum(word in counts for word in own) < _BORNE_OUT * len(own):
        return ""
    if max(counts[word] for word in own) < _COMMON * len(questions):
        return ""
    return name[0].upper() + name[1:]


def from_question(questions: Sequence[str]) -> Name:
    """Return the first question that is short enough, else the beginning of the first one."""
    short = [question for question in questions if len(question) <= _LONGEST]
    return Name(Truncator((short or questions)[0]).chars(_LONGEST + 1), Topic.NamedBy.QUESTION)


async def _names_for(groups: Sequence[Sequence[str]]) -> list[Name]:
    names: list[Name] = []
    give_up_at = time.monotonic() + _MOST_SECONDS
    spoken = await asyncio.to_thread(languages_in_use)
    gateway = await asyncio.to_thread(new_gateway)
    try:
        for questions in groups:
            name = ""
            if time.monotonic() < give_up_at and language_of(questions[0]) in spoken:
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
    shown = "\n".join(f"- {question[:_MOST_CHARACTERS]}" for question in questions[:_SHOWN])
    messages: list[ChatMessage] = [
        {"role": "system", "content": _PROMPT},
        {"role": "user", "content": f"Questions:\n{shown}\n\nTitle:"},
    ]
    said = ""
    async with aclosing(
        gateway.stream_chat(messages, max_tokens=_MOST_TOKENS, temperature=0.0, frequency_penalty=0.0)
    ) as chunks:
        async for chunk in chunks:
            said += chunk.text
    return said
