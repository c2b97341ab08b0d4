"""Lets the model answer in the playground, as it would a visitor, and tells of it while it does."""

import asyncio
import json
import logging
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from chatbot.conversations import answering, history
from chatbot.conversations.answering.retrieving import retriever_for
from chatbot.conversations.gateways import new_gateway
from chatbot.conversations.refusals import Refused
from chatbot.operators.assistance.generation import places
from inference.gateway import Gateway, ModelUnavailable, RequestRejected

logger = logging.getLogger(__name__)

_MOST_SECONDS = 180.0


async def told(
    question: answering.Question, person: int, *, knowledge: bool, language: str
) -> AsyncGenerator[str, None]:
    """Yield server-sent events: deltas with text, then one `done` or `error`; words are in `language`.

    Whoever stops reading stops the model. A person has one answer written at a time.
    """
    try:
        with places.taken_by(person):
            # Reading the certificates of this machine takes longer than the loop should stand still.
            gateway = await asyncio.to_thread(new_gateway, question.model)
            try:
                async with asyncio.timeout(_MOST_SECONDS):
                    async for event in _answer(question, gateway, knowledge):
                        yield _sent(event)
            finally:
                await gateway.aclose()
    except Exception as error:
        yield _sent(_problem(error, language))


async def _answer(
    question: answering.Question, gateway: Gateway, knowledge: bool
) -> AsyncGenerator[dict[str, Any], None]:
    began, first_ms, account = time.monotonic(), None, answering.Account()
    retriever = retriever_for(question.site_id) if knowledge and question.site_id is not None else None
    async with aclosing(answering.write(question, account, gateway, retriever)) as pieces:
        async for piece in pieces:
            first_ms = _milliseconds_since(began) if first_ms is None else first_ms
            yield {"type": "delta", "text": piece}
    last = account.last
    yield {
        "type": "done",
        "kind": account.kind,
        "sources": account.sources,
        "prompt_tokens": last.prompt_tokens,
        "completion_tokens": last.completion_tokens,
        "first_token_ms": first_ms,
        "total_ms": _milliseconds_since(began),
        "model": last.model,
        "finish_reason": last.finish_reason,
    }


def _problem(error: Exception, language: str) -> dict[str, Any]:
    with translation.override(language):
        if isinstance(error, Refused):
            return {"type": "error", "code": error.code, "detail": error.detail}
        words = {
            history.QuestionTooLong: ("too_long", _("This is too long for the language model.")),
            ModelUnavailable: ("model_unavailable", _("The language model is away. Try again later.")),
            RequestRejected: ("model_refused", _("The language model did not take this.")),
            TimeoutError: ("too_slow", _("The language model took too long. Try again later.")),
        }.get(type(error))
        if words is None:
            logger.error("the playground failed", exc_info=error)
            words = ("unavailable", _("This did not work just now. Please try again."))
    return {"type": "error", "code": words[0], "detail": words[1]}


def _sent(event: dict[str, Any]) -> str:
    return f"data: {json.dumps(event)}\n\n"


def _milliseconds_since(moment: float) -> int:
    return round((time.monotonic() - moment) * 1000)
