"""Lets the model write for operators: few at once, since visitors wait for the same model."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager

from django.conf import settings
from django.utils.translation import gettext as _

from chatbot.conversations import history
from chatbot.conversations.gateways import new_gateway
from chatbot.conversations.refusals import Refused
from chatbot.operators.assistance.work import Work
from inference.gateway import ChatMessage, Gateway, ModelUnavailable, RequestRejected

# A reader sees text grow at five pieces a second; more would only cost frames.
_HAND_ON_SECONDS = 0.2
_MOST_SECONDS = 120.0
_BUSY_SECONDS = 10
# Room for the chat template's own tokens and for counting that is slightly off.
_MARGIN_TOKENS = 32

HandOn = Callable[[str], Awaitable[None]]


class Places:
    """Who has the model write at the moment, in this process; used on the event loop only."""

    def __init__(self) -> None:
        self._people: set[int] = set()

    def __len__(self) -> int:
        return len(self._people)

    @contextmanager
    def taken_by(self, person: int) -> Iterator[None]:
        """Hold a place for the block; raises Refused with busy when the person has one, or none is free."""
        if person in self._people:
            raise Refused(
                "busy", _("The assistant already writes something for you."), retry_after=_BUSY_SECONDS
            )
        if len(self._people) >= settings.ASSISTANCE_CONCURRENCY:
            words = _("The assistant is busy. Try again in %(seconds)s seconds.") % {"seconds": _BUSY_SECONDS}
            raise Refused("busy", words, retry_after=_BUSY_SECONDS)
        self._people.add(person)
        try:
            yield
        finally:
            self._people.discard(person)


places = Places()


async def write(work: Work, hand_on: HandOn) -> str:
    """Return what the model writes for `work`; `hand_on` gets it piece by piece.

    Raises Refused: too_long when the text does not fit into the model's context, model_unavailable,
    model_refused, too_slow, and empty_answer.
    """
    # Reading the certificates of this machine takes longer than the loop should stand still.
    gateway = await asyncio.to_thread(new_gateway)
    try:
        with refused_in_words():
            async with asyncio.timeout(_MOST_SECONDS):
                text = await _stream(work, gateway, hand_on)
    finally:
        await gateway.aclose()
    if not text:
        raise Refused("empty_answer", _("The language model had nothing to say."))
    return text


@contextmanager
def refused_in_words() -> Iterator[None]:
    """Let what stands in the way of the language model be said to the person who asked: raises Refused."""
    try:
        yield
    except history.QuestionTooLong:
        raise Refused("too_long", _("This is too long for the language model.")) from None
    except ModelUnavailable:
        raise Refused("model_unavailable", _("The language model is away. Try again later.")) from None
    except RequestRejected:
        raise Refused("model_refused", _("The language model did not take this.")) from None
    except TimeoutError:
        raise Refused("too_slow", _("The language model took too long. Try again later.")) from None


async def _stream(work: Work, gateway: Gateway, hand_on: HandOn) -> str:
    limit = settings.REPLY_CONTEXT_TOKENS or await gateway.context_tokens()
    max_tokens = min(work.max_tokens, limit // 2)

    def as_read(messages: list[ChatMessage]) -> list[ChatMessage]:
        return _as_one_text(messages, work.closing) if work.closing else messages

    async def count(messages: Sequence[ChatMessage]) -> int:
        return await gateway.count_tokens(as_read(list(messages)))

    room = limit - max_tokens - _MARGIN_TOKENS
    fitted = await history.fit(work.prompt, work.turns, limit=room, count=count)
    text, handed_on, handed_on_at = "", 0, 0.0
    chunks = gateway.stream_chat(
        as_read(fitted.messages),
        max_tokens=max_tokens,
        temperature=settings.REPLY_TEMPERATURE,
        frequency_penalty=settings.REPLY_FREQUENCY_PENALTY,
    )
    async with aclosing(chunks):
        async for chunk in chunks:
            text += chunk.text if text else chunk.text.lstrip()
            if len(text) > handed_on and time.monotonic() - handed_on_at >= _HAND_ON_SECONDS:
                await hand_on(text[handed_on:])
                handed_on, handed_on_at = len(text), time.monotonic()
    return text.rstrip()


def _as_one_text(messages: list[ChatMessage], closing: str) -> list[ChatMessage]:
    """Return the prompt, and below it all lines and the closing in one turn."""
    prompt, *lines = messages
    text = "\n".join(line["content"] for line in lines)
    return [prompt, {"role": "user", "content": f"{text}\n\n{closing}"}]
