"""Scores visitors' messages in the web process, in the background and soon after they have come.

A score is due within two seconds, and an answer's first words are more urgent: both take the same processors.
So a message waits until the first words of its answer are there, at most `LONGEST_WAIT`, and the model server
lets answers go first in what time is left; where no answer is due it waits for nothing. What is lost when a
process ends, or is too much, the worker finds (`catching_up.py`).
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from channels.layers import get_channel_layer
from django import db

from chatbot.conversations import hints
from chatbot.conversations.models import ConversationEvent, Message
from chatbot.conversations.sentiment import scoring
from chatbot.conversations.sentiment.classifiers import Classifier, new_classifiers
from chatbot.database_calls import in_database
from inference.classifying import ClassifierUnavailable

logger = logging.getLogger(__name__)

LONGEST_WAIT = 0.4
# The event of an answer that is due follows that of the question within the same transaction.
_ANSWER_ASKED_WITHIN = 0.1
_AT_ONCE = 32
# More than these wait for nothing here.
_MOST = 1000


@dataclass(eq=False)
class _Arrival:
    """A message that waits for the first words of its answer."""

    message: str
    conversation: str
    reply: str = ""
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    answered: asyncio.Event = field(default_factory=asyncio.Event)


class Arrivals:
    """The messages of one process that are to be scored, for as long as `run` runs."""

    def __init__(
        self, make: Callable[[], Classifier] = new_classifiers, longest_wait: float = LONGEST_WAIT
    ) -> None:
        self._make = make
        self._longest_wait = longest_wait
        self._loop: asyncio.AbstractEventLoop | None = None
        self._channel = ""
        self._waiting: dict[str, _Arrival] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._ready: list[str] = []
        self._woken = asyncio.Event()
        self._has_failed = False

    def note(self, event: ConversationEvent) -> None:
        """Hear of a committed event, in any thread; of no use in a process where `run` does not run."""
        loop, data = self._loop, event.payload
        if loop is None or event.kind != "message.created":
            return
        if data["author"] == Message.Author.VISITOR:
            self._call(loop, self._arrive, data["id"], event.conversation.public_id)
        elif data["author"] == Message.Author.ASSISTANT and data["answers"]:
            self._call(loop, self._ask, data["answers"], data["id"])

    async def run(self) -> None:
        """Score what arrives, some at a time and one batch after the other, until cancelled."""
        self._channel = await get_channel_layer().new_channel()
        self._woken = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        classifier = self._make()
        listening = asyncio.create_task(self._listen())
        try:
            while True:
                await self._woken.wait()
                batch, self._ready = self._ready[:_AT_ONCE], self._ready[_AT_ONCE:]
                if not self._ready:
                    self._woken.clear()
                await self._score(batch, classifier)
        finally:
            self._loop = None
            for task in (listening, *self._tasks):
                task.cancel()
            await asyncio.gather(listening, *self._tasks, return_exceptions=True)
            self._waiting.clear()
            self._ready.clear()
            await classifier.aclose()

    def _call(self, loop: asyncio.AbstractEventLoop, function: Callable[..., None], *arguments: str) -> None:
        try:
            loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError:
            # The process is about to end.
            self._loop = None

    def _arrive(self, message: str, conversation: str) -> None:
        if len(self._waiting) + len(self._ready) >= _MOST:
            return
        arrival = self._waiting[message] = _Arrival(message, conversation)
        task = asyncio.create_task(self._wait(arrival))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _ask(self, message: str, reply: str) -> None:
        """Note that an answer is due; another one in the place of an old one finds nobody who waits."""
        arrival = self._waiting.get(message)
        if arrival is not None:
            arrival.reply = reply
            arrival.asked.set()

    async def _wait(self, arrival: _Arrival) -> None:
        """Let a message be scored once its answer's first words are there, or after a while."""
        layer, group = get_channel_layer(), hints.group_of(arrival.conversation)
        try:
            await layer.group_add(group, self._channel)
            async with asyncio.timeout(self._longest_wait):
                async with asyncio.timeout(_ANSWER_ASKED_WITHIN):
                    await arrival.asked.wait()
                await arrival.answered.wait()
        except TimeoutError:
            # No answer is due, or it takes its time.
            pass
        finally:
            del self._waiting[arrival.message]
            if not any(other.conversation == arrival.conversation for other in self._waiting.values()):
                await layer.group_discard(group, self._channel)
        self._ready.append(arrival.message)
        self._woken.set()

    async def _listen(self) -> None:
        layer = get_channel_layer()
        while True:
            hint: dict[str, Any] = await layer.receive(self._channel)
            if hint["type"] == "reply.grew":
                for arrival in self._waiting.values():
                    if arrival.reply == hint["message"]:
                        arrival.answered.set()

    async def _score(self, messages: list[str], classifier: Classifier) -> None:
        try:
            batch = await in_database(scoring.arrived, messages)
            await in_database(scoring.store, batch, await batch.verdicts(classifier))
        except (ClassifierUnavailable, db.Error) as error:
            # Told once: without a classifier it is the same with every message.
            if not self._has_failed:
                logger.warning("messages get their sentiment later: %s", error)
            self._has_failed = True
        except Exception:
            logger.exception("%s messages got no sentiment", len(messages))
        else:
            self._has_failed = False


arrivals = Arrivals()
