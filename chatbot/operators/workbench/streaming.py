"""Lets an answer be written for one page, as a visitor would get it, and brings it there while it grows.

Nothing is stored. What is asked comes as a frame of the workbench's socket, and `PREPARATIONS` has for each
kind of page the function that finds what is needed and refuses whoever may not.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from django import db
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Site, User
from chatbot.conversations import answering
from chatbot.conversations.gateways import new_gateway
from chatbot.conversations.refusals import Refused
from chatbot.conversations.sockets.allowance import Allowance
from chatbot.database_calls import in_database
from chatbot.knowledge.retrieval import Retrieval, Retriever
from chatbot.operators.assistance.generation import places, refused_in_words
from chatbot.operators.workbench import shown
from chatbot.operators.workbench.frames import Write
from inference.gateway import Gateway

logger = logging.getLogger(__name__)

# A reader sees text grow at ten pieces a second; more would only cost frames.
_HAND_ON_SECONDS = 0.1
_MOST_SECONDS = 180.0
_TRIES_A_MINUTE = 30

Frame = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Prepared:
    """What an answer is written from. `retriever` is None where the site's knowledge is left out."""

    site: Site
    question: answering.Question
    retriever: Retriever | None
    prompt_version: str = ""


class WrongFields(Refused):
    """What is asked for cannot be read; `errors` has sentences for people by the names of fields."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__("invalid", " ".join(next(iter(errors.values()), ())))
        self.errors = errors


# By the kind in the frame: finds and authorises in one call, in a database thread; raises Refused.
Preparation = Callable[[User, dict[str, Any]], Prepared]
PREPARATIONS: dict[str, Preparation] = {}


class WritingSession:
    """Writes for one person, one answer at a time, and sends it by `send`, to nobody else."""

    def __init__(self, send: Callable[[Frame], Awaitable[None]], language: str) -> None:
        self._send = send
        self._language = language
        self._task: asyncio.Task[None] | None = None
        self._allowance = Allowance(_TRIES_A_MINUTE)

    @property
    def is_busy(self) -> bool:
        """Whether an answer is being written."""
        return self._task is not None and not self._task.done()

    async def begin(self, person: User, asked: Write) -> None:
        """Let an answer be written, and the one before it no further.

        `answer.found` and `answer.delta` follow, then `answer.done` or `answer.error`, with the same `ask`.
        """
        await self.cancel()
        self._task = asyncio.create_task(self._serve(person, asked))

    async def cancel(self) -> None:
        """End what is being written, and return when it has ended."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _serve(self, person: User, asked: Write) -> None:
        # A task has a language of its own, which goes along into the threads of the database.
        translation.activate(self._language)
        try:
            await self._write(person, asked)
        except Refused as refusal:
            await self._refuse(asked.ask, refusal)
        except db.Error as error:
            logger.warning("the workbench met a database error: %s", error)
            await self._refuse(asked.ask, _unavailable())
        except Exception:
            logger.exception("the workbench failed")
            await self._refuse(asked.ask, _unavailable())

    async def _write(self, person: User, asked: Write) -> None:
        if seconds := self._allowance.take():
            raise Refused("busy", _("That was a lot in one minute."), retry_after=max(1, round(seconds)))
        prepare = PREPARATIONS.get(asked.kind)
        if prepare is None:
            raise Refused("invalid", _("There is nothing of this kind to try."))
        prepared = await in_database(prepare, person, asked.asked)
        with places.taken_by(person.pk):
            answer = await self._stream(person, asked.ask, prepared)
        await self._send({"type": "answer.done", "ask": asked.ask, **answer})

    async def _stream(self, person: User, ask: str, prepared: Prepared) -> Frame:
        # Reading the certificates of this machine takes longer than the loop should stand still.
        gateway = await asyncio.to_thread(new_gateway, prepared.question.model)
        retriever = prepared.retriever

        async def show_found(retrieval: Retrieval) -> None:
            view = shown.of_retrieval(retrieval, prepared.question)
            html = await in_database(_rendered, "found", view, prepared.site, person)
            await self._send({"type": "answer.found", "ask": ask, "html": html})

        try:
            with refused_in_words():
                async with asyncio.timeout(_MOST_SECONDS):
                    telling = _Telling(retriever, show_found) if retriever is not None else None
                    return await self._grow(person, ask, prepared, gateway, telling)
        finally:
            await gateway.aclose()

    async def _grow(
        self, person: User, ask: str, prepared: Prepared, gateway: Gateway, retriever: Retriever | None
    ) -> Frame:
        account = answering.Account()
        text, handed_on, handed_on_at = "", 0, 0.0
        began = time.perf_counter()
        async with aclosing(answering.write(prepared.question, account, gateway, retriever)) as pieces:
            async for piece in pieces:
                if not text.strip():
                    account.timings.setdefault("first_token", _milliseconds_since(began))
                text += piece if text else piece.lstrip()
                if len(text) > handed_on and time.monotonic() - handed_on_at >= _HAND_ON_SECONDS:
                    await self._send({"type": "answer.delta", "ask": ask, "text": text[handed_on:]})
                    handed_on, handed_on_at = len(text), time.monotonic()
        account.timings["total"] = _milliseconds_since(began)
        text = text.rstrip()
        view = shown.of_account(account, text, prepared.question, prepared.prompt_version)
        html = await in_database(_rendered, "account", view, prepared.site, person)
        return {
            "text": text,
            "html": html,
            "kind": account.kind,
            "sources": account.sources,
            "prompt_tokens": account.last.prompt_tokens,
            "completion_tokens": account.last.completion_tokens,
            "first_token_ms": account.timings.get("first_token"),
            "total_ms": account.timings["total"],
            "model": account.last.model,
            "finish_reason": account.last.finish_reason,
        }

    async def _refuse(self, ask: str, refusal: Refused) -> None:
        why: Frame = {"code": refusal.code, "detail": refusal.detail, "retry_after": refusal.retry_after}
        if isinstance(refusal, WrongFields):
            why["errors"] = refusal.errors
        await self._send({"type": "answer.error", "ask": ask, **why})


class _Telling:
    """A retriever that tells what it found before the model writes."""

    def __init__(self, retriever: Retriever, tell: Callable[[Retrieval], Awaitable[None]]) -> None:
        self._retriever = retriever
        self._tell = tell

    async def retrieve(self, query: str, *, limit: int = 5) -> Retrieval | None:
        retrieval = await self._retriever.retrieve(query, limit=limit)
        if retrieval is not None:
            await self._tell(retrieval)
        return retrieval


def _rendered(template: str, view: shown.Shown, site: Site, person: User) -> str:
    context = {"answer": shown.linked(view, site, person)}
    return render_to_string(f"operators/workbench/{template}.html", context)


def _milliseconds_since(moment: float) -> float:
    return round((time.perf_counter() - moment) * 1000, 1)


def _unavailable() -> Refused:
    return Refused("unavailable", _("This did not work just now. Please try again."))
