"""How an answer comes about. Read this file first.

A visitor's message asks for a reply (`posting.send`): an empty message that waits. A runner of some web
process takes the conversation's lease and calls `write_replies`, which for each waiting reply, in order,

1. begins it: finds the prompt, the turns before it and how the site answers (`_begin`);
2. lets `answering.write` decide what is said, from the site's knowledge and the language model;
3. streams that into the stream buffer, from where sockets read it (`_stream`);
4. finishes it: text, sources, event and trace in one transaction (`_finish`).

The reply is no part of any socket: a closed tab changes nothing. A runner that dies loses its lease, and
the next one goes on from the text so far.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from redis.exceptions import RedisError

from chatbot.conversations import (
    answering,
    events,
    handoff_rules,
    hints,
    history,
    metrics,
    prompting,
    versions,
)
from chatbot.conversations.answering.manner import manner_of
from chatbot.conversations.leases import Lease
from chatbot.conversations.models import Conversation, Message, ReplyTrace
from chatbot.conversations.sentiment import judging
from chatbot.conversations.streams import Streams
from chatbot.database_calls import CallsInOrder
from chatbot.databases import AWAY
from chatbot.knowledge.retrieval import Retrieval, Retriever
from chatbot.privacy import masking
from chatbot.prompts.models import PromptVersion
from inference.gateway import Gateway, ModelUnavailable, RequestRejected

logger = logging.getLogger(__name__)

# Text is handed on at most 20 times a second for each reply.
FLUSH_SECONDS = 0.05
# How long a database that is away is left alone before the next try.
_RETRY_SECONDS = 0.5

Result = TypeVar("Result")
RetrieverFor = Callable[[int], Retriever | None]


@dataclass
class Draft:
    """A reply while it is written."""

    pk: int
    message_id: str
    conversation_id: str
    site_id: int
    asked_at: datetime
    prompt_version_id: int
    question: answering.Question
    text: str = ""
    queued_ms: int = 0
    first_token_ms: int | None = None
    account: answering.Account = field(default_factory=answering.Account)
    stop: asyncio.Event = field(default_factory=asyncio.Event)


async def write_replies(
    lease: Lease,
    database: CallsInOrder,
    gateway: Gateway,
    streams: Streams,
    retriever_for: RetrieverFor,
    drafts: dict[str, Draft],
    go_on: Callable[[], bool],
) -> bool:
    """Write the replies that the leased conversation waits for, in order, for as long as `go_on()` says so.

    Once none is left the lease is given back, and only then the return value is true. The reply at work
    stands in `drafts` by its public id, where the runner finds it to stop it or to keep its text. A database
    that is away is waited for. Raises LeaseLost when another runner took over; then nothing more is written.
    """
    while go_on():
        draft = await _insist(database, _begin, lease)
        if draft is None:
            return True
        drafts[draft.message_id] = draft
        try:
            # A predecessor may have got further than what it last saved.
            draft.text = max(draft.text, await _streamed(draft, streams), key=len)
            outcome, error = await _write(draft, gateway, streams, retriever_for)
            await _insist(database, _finish, lease, draft, outcome, error)
            _count(draft, outcome, error)
            await streams.drop(draft.message_id)
        finally:
            streams.leave(draft.message_id)
            del drafts[draft.message_id]
    return False


def _count(draft: Draft, outcome: Message.Status, error: str) -> None:
    """Note in the metrics and the log that a reply has ended."""
    metrics.ANSWERS.labels(outcome).inc()
    metrics.QUEUE_WAIT.observe(draft.queued_ms / 1000)
    if outcome == Message.Status.COMPLETED:
        metrics.KINDS.labels(draft.account.kind).inc()
    facts = {
        "reply": draft.message_id,
        "outcome": outcome.value,
        "kind": draft.account.kind,
        "queued_ms": draft.queued_ms,
        "first_token_ms": draft.first_token_ms,
    }
    logger.info("a reply has ended", extra=facts | ({"error": error} if error else {}))


async def _insist(database: CallsInOrder, function: Callable[..., Result], *arguments: Any) -> Result:
    """Call a function that uses the database, again and again while the database is away."""
    while True:
        try:
            return await database.call(function, *arguments)
        except AWAY as error:
            logger.warning("%s waits for the database: %s", function.__name__.strip("_"), error)
            await asyncio.sleep(_RETRY_SECONDS)


async def _streamed(draft: Draft, streams: Streams) -> str:
    """Return what the stream has of the draft; nothing when it is out of reach, as if it were lost."""
    try:
        return await streams.read(draft.message_id)
    except RedisError as error:
        logger.warning("reply %s goes on from its saved text: %s", draft.message_id, error)
        return ""


@transaction.atomic
def keep_text(lease: Lease, draft: Draft) -> bool:
    """Save the text so far and renew the lease; return whether the reply shall stop. Raises LeaseLost."""
    lease.renew()
    reply = Message.objects.filter(pk=draft.pk)
    if draft.text:
        # Whoever took over meanwhile has ended the reply, and its text is final.
        reply.unfinished().update(text=draft.text)
    return bool(reply.values_list("stop_requested", flat=True).get())


async def _write(
    draft: Draft, gateway: Gateway, streams: Streams, retriever_for: RetrieverFor
) -> tuple[Message.Status, str]:
    """Write the draft's text; return how it ended and, when it failed, the error's code."""
    try:
        await _stream(draft, gateway, streams, retriever_for)
    except history.QuestionTooLong:
        return Message.Status.FAILED, "question_too_long"
    except ModelUnavailable:
        return Message.Status.FAILED, "model_unavailable"
    except RequestRejected as error:
        logger.error("reply %s was refused by the model server: %s", draft.message_id, error)
        return Message.Status.FAILED, "model_refused"
    if draft.stop.is_set():
        return Message.Status.STOPPED, ""
    if not draft.text.strip():
        return Message.Status.FAILED, "empty_answer"
    return Message.Status.COMPLETED, ""


async def _stream(draft: Draft, gateway: Gateway, streams: Streams, retriever_for: RetrieverFor) -> None:
    """Let the answer be written and hand its text on every 50 ms, until the end or a stop."""
    handed_on = 0

    async def take() -> None:
        question = replace(draft.question, so_far=draft.text)
        retriever = _Insistent(retriever_for(draft.site_id))
        async with aclosing(answering.write(question, draft.account, gateway, retriever)) as pieces:
            async for piece in pieces:
                if draft.first_token_ms is None:
                    draft.first_token_ms = _milliseconds_since(draft.asked_at)
                    metrics.FIRST_TOKEN.observe(draft.first_token_ms / 1000)
                # A model may begin with a blank; no reader wants it, and offsets count what readers see.
                draft.text += piece if draft.text else piece.lstrip()

    async def hand_on() -> None:
        nonlocal handed_on
        text = draft.text
        if len(text) > handed_on:
            await streams.write(draft.message_id, text)
            handed_on = len(text)
            await hints.stir(draft.conversation_id, draft.message_id)

    taking = asyncio.create_task(take())
    stopping = asyncio.create_task(draft.stop.wait())
    pause = _Pause()
    for task in (taking, stopping):
        task.add_done_callback(pause.end)
    try:
        while not taking.done() and not draft.stop.is_set():
            await pause.wait(FLUSH_SECONDS)
            await hand_on()
        if taking.done():
            taking.result()
    finally:
        for task in (taking, stopping):
            task.cancel()
        await asyncio.gather(taking, stopping, return_exceptions=True)


class _Insistent:
    """A retriever that waits for a database that is away."""

    def __init__(self, retriever: Retriever | None) -> None:
        self._retriever = retriever

    async def retrieve(self, query: str, *, limit: int = 5) -> Retrieval | None:
        """Return what the retriever finds."""
        while self._retriever is not None:
            try:
                return await self._retriever.retrieve(query, limit=limit)
            except AWAY as error:
                logger.warning("a search waits for the database: %s", error)
                await asyncio.sleep(_RETRY_SECONDS)
        return None


class _Pause:
    """A wait that tasks end early; `asyncio.wait` costs several times as much at twenty pauses a second."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._pausing: asyncio.Future[None] | None = None

    async def wait(self, seconds: float) -> None:
        """Wait for so long, or until `end`."""
        self._pausing = self._loop.create_future()
        timer = self._loop.call_later(seconds, self.end)
        try:
            await self._pausing
        finally:
            timer.cancel()

    def end(self, _task: object = None) -> None:
        """End the wait that is on."""
        if self._pausing is not None and not self._pausing.done():
            self._pausing.set_result(None)


def _begin(lease: Lease) -> Draft | None:
    """Return the oldest waiting reply of the leased conversation, marked as being written.

    Where there is none, or a person answers now, return None with the lease given back: a question that
    comes at this moment is seen here or finds no lease.
    """
    with transaction.atomic():
        conversation = lease.lock()
        reply = conversation.messages.unfinished().order_by("pk").first()
        if reply is None or not conversation.assistant_answers:
            lease.release()
            return None
        reply.status = Message.Status.STREAMING
        reply.save(update_fields=["status"])
        prompt = prompting.prompt_of(conversation)
        draft = Draft(
            pk=reply.pk,
            message_id=reply.public_id,
            conversation_id=conversation.public_id,
            site_id=conversation.site_id,
            asked_at=reply.created_at,
            prompt_version_id=prompt.pk,
            question=_question(conversation, reply, prompt, versions.model_for(conversation)),
            text=reply.text,
            queued_ms=_milliseconds_since(reply.created_at),
        )
    if reply.stop_requested:
        draft.stop.set()
    return draft


def _question(
    conversation: Conversation, reply: Message, prompt: PromptVersion, model: str
) -> answering.Question:
    return answering.Question(
        site_id=conversation.site_id,
        text=masking.for_model(reply.answers.text if reply.answers else ""),
        prompt=history.prompt_with_notes(prompting.rendered(prompt, conversation), conversation),
        turns=history.turns_before(reply),
        language=conversation.language,
        max_tokens=settings.REPLY_MAX_TOKENS,
        temperature=settings.REPLY_TEMPERATURE,
        frequency_penalty=settings.REPLY_FREQUENCY_PENALTY,
        model=model,
        context_tokens=settings.REPLY_CONTEXT_TOKENS,
        **manner_of(conversation.site_id),
    )


def _finish(lease: Lease, draft: Draft, outcome: Message.Status, error: str) -> None:
    """Store the reply, its event and its trace in one transaction; raises LeaseLost.

    A person who took over meanwhile has ended the reply, and only the trace is added. Called again, since
    nobody knows whether a commit came through whose confirmation was lost, it changes nothing.
    """
    with transaction.atomic():
        conversation = lease.lock()
        reply = conversation.messages.select_related("answers", "replaces").get(pk=draft.pk)
        if reply.status in Message.UNFINISHED and conversation.assistant_answers:
            reply.text, reply.status, reply.error = draft.text, outcome, error
            reply.sources = draft.account.sources
            reply.offers_person = draft.account.kind == "unknown" and draft.question.people
            reply.finished_at = timezone.now()
            reply.save(update_fields=["text", "status", "error", "sources", "offers_person", "finished_at"])
            events.record(conversation, f"message.{outcome}", reply.data())
        if ReplyTrace.objects.filter(message=reply).exists():
            return
        account, last = draft.account, draft.account.last
        ReplyTrace.objects.create(
            message=reply,
            prompt_version_id=draft.prompt_version_id,
            language_model=last.model,
            endpoint=last.endpoint,
            kind=account.kind,
            mode=account.mode,
            language=account.language,
            query=account.query,
            confidence=account.confidence,
            low=draft.question.low,
            strong=draft.question.strong,
            passages=account.passages,
            sentences=account.sentences,
            prompt=account.prompt_as_sent(),
            timings=account.timings,
            history_messages=len(draft.question.turns) - account.cut,
            history_cut=account.cut,
            prompt_tokens=last.prompt_tokens,
            completion_tokens=last.completion_tokens,
            finish_reason=last.finish_reason,
            attempts=last.attempts,
            queued_ms=draft.queued_ms,
            first_token_ms=draft.first_token_ms,
            total_ms=_milliseconds_since(draft.asked_at),
        )
        if reply.status == Message.Status.FAILED or account.confidence is not None:
            handoff_rules.judge_answers(conversation, account.confidence)
        # While this was being written it had to wait.
        judging.judge(conversation)


def _milliseconds_since(moment: datetime) -> int:
    return max(0, round((timezone.now() - moment).total_seconds() * 1000))
