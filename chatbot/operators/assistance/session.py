"""The assistance that one operator's socket asks for; it ends with the socket."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from django import db
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from chatbot.conversations.refusals import Refused
from chatbot.database_calls import in_database
from chatbot.operators.assistance.generation import places, write
from chatbot.operators.assistance.kinds import Kind
from chatbot.operators.assistance.work import keep_summary, prepare
from chatbot.operators.frames import Assist

logger = logging.getLogger(__name__)

Frame = dict[str, Any]
Result = TypeVar("Result")


class AssistanceSession:
    """Writes for one person and sends it by `send`, to nobody else."""

    def __init__(self, send: Callable[[Frame], Awaitable[None]], language: str) -> None:
        self._send = send
        self._language = language
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, person: User, conversation_id: str, asked: Assist) -> None:
        """Let the model write what `person` asked; deltas, a done or an error follow, with the same `ask`."""
        task = asyncio.create_task(self._serve(person, conversation_id, asked))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def cancel(self) -> None:
        """End what is being written, and return when it has ended."""
        tasks = set(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, person: User, conversation_id: str, asked: Assist) -> None:
        about = {"ask": asked.ask, "kind": asked.kind}
        # A task has a language of its own, which goes along into the threads of the database.
        translation.activate(self._language)
        try:
            await self._write(person, conversation_id, asked, about)
        except Refused as refusal:
            await self._refuse(about, refusal)
        except db.Error as error:
            logger.warning("assistance met a database error: %s", error)
            await self._refuse(about, _unavailable())
        except Exception:
            logger.exception("assistance failed")
            await self._refuse(about, _unavailable())

    async def _write(self, person: User, conversation_id: str, asked: Assist, about: Frame) -> None:
        async def hand_on(text: str) -> None:
            await self._send({"type": "assist.delta", **about, "text": text})

        work = await _unbroken(prepare, person, conversation_id, asked.kind, asked.draft)
        text = work.ready
        if not text:
            with places.taken_by(person.pk):
                text = await write(work, hand_on)
            if asked.kind is Kind.SUMMARY:
                await _unbroken(keep_summary, work, text)
        await self._send({"type": "assist.done", **about, "text": text, "sources": work.sources})

    async def _refuse(self, about: Frame, refusal: Refused) -> None:
        why = {"code": refusal.code, "detail": refusal.detail, "retry_after": refusal.retry_after}
        await self._send({"type": "assist.error", **about, **why})


async def _unbroken(function: Callable[..., Result], *arguments: Any) -> Result:
    """Call a function that uses the database; cancelled, wait for its end: threads cannot be stopped."""
    calling = asyncio.ensure_future(in_database(function, *arguments))
    try:
        return await asyncio.shield(calling)
    except asyncio.CancelledError:
        await asyncio.wait({calling})
        raise


def _unavailable() -> Refused:
    return Refused("unavailable", _("This did not work just now. Please try again."))
