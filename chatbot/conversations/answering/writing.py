"""How an answer is written: the one way that visitors, the playground, tests and figures all go.

What is said is decided here and not by the model:

- a site without knowledge: the model writes, as its prompt tells it to;
- a match that is strong: the curated answer, or the passage, word for word;
- small talk: a fixed phrase;
- a weak match: that the assistant does not know, with the offer of a person;
- between: what the site's mode says. "quote" gives the passage, "checked" lets the model write and sends
  what the passages support, "free" sends what the model writes. A visitor in whose language the model does
  not write gets the passage.

Without a model server all but the model's own words still works.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial

from chatbot.conversations import history
from chatbot.conversations.answering import citations, links, phrases, quoting, small_talk, wording
from chatbot.conversations.answering.account import Account
from chatbot.conversations.answering.checking import Checker, checked
from chatbot.conversations.answering.languages import language_of
from chatbot.conversations.answering.leaks import PromptGuard
from chatbot.conversations.answering.outlet import Outlet
from chatbot.conversations.answering.question import Question
from chatbot.conversations.answering.retrieving import look_up, texts_of
from chatbot.knowledge.retrieval import Found, Retriever
from inference.gateway import Gateway, ModelUnavailable, RequestRejected

# Room for the chat template's own tokens and for counting that is slightly off.
_MARGIN_TOKENS = 32
# What is checked shall follow the passages closely.
_CHECKED_TEMPERATURE = 0.0
_NO_MODEL = (ModelUnavailable, RequestRejected, history.QuestionTooLong)


@dataclass(frozen=True, slots=True)
class _Limits:
    """What an answer may say: nothing of the prompt, and links to these hosts alone."""

    guard: PromptGuard
    hosts: frozenset[str]


async def write(
    question: Question, account: Account, gateway: Gateway, retriever: Retriever | None
) -> AsyncGenerator[str, None]:
    """Yield the answer to `question` in pieces, filling in `account` on the way.

    Goes on from `question.so_far` where that is not empty. Raises history.QuestionTooLong, ModelUnavailable
    and RequestRejected where only the model could answer.
    """
    account.mode = question.mode
    account.language = language_of(question.text, question.language)
    retrieval = await look_up(question, account, retriever) if retriever is not None else None
    found = retrieval.found if retrieval is not None else ()
    limits = _Limits(
        PromptGuard(question.prompt, texts_of(found)),
        question.hosts | links.hosts_in([question.prompt, *(each.url for each in found)]),
    )
    if retrieval is None:
        pieces = _free(question, account, gateway, limits)
    elif text := _certain(question, account, found, retrieval.confidence, limits):
        pieces = _rest(text, question.so_far)
    elif account.mode == "free":
        pieces = _free(question, account, gateway, limits, found)
    else:
        pieces = _checked(question, account, gateway, limits, found)
    async with aclosing(pieces):
        async for piece in pieces:
            yield piece
    citations.relate(account)


def _certain(
    question: Question, account: Account, found: Sequence[Found], confidence: float, limits: _Limits
) -> str:
    """Return the answer where it needs no model, and note its kind; empty where the model shall write."""
    strong = bool(found) and confidence >= question.strong
    if strong and found[0].question:
        account.kind = "curated"
        citations.cite(account, [1])
        # Its author is one of the staff, and may link where they like.
        return links.clean(found[0].text.strip(), limits.hosts | links.hosts_in([found[0].text]))
    if name := small_talk.small_talk(question.text):
        account.kind = "small_talk"
        return phrases.phrase(name, account.language)
    if not found or confidence < question.low:
        return _unknown(question, account)
    speaks = not question.model_languages or account.language in ("", *question.model_languages)
    if account.mode == "quote" or not speaks or (strong and account.mode != "free"):
        return _quote(question, account, found, limits)
    return ""


def _quote(question: Question, account: Account, found: Sequence[Found], limits: _Limits) -> str:
    """Return the best passage that has something to quote, and note it."""
    text, number = _quotation(account.query, found, limits)
    if not text:
        return _unknown(question, account)
    account.kind = "quoted"
    citations.cite(account, [number])
    return text


def _quotation(query: str, found: Sequence[Found], limits: _Limits) -> tuple[str, int]:
    """Return what is quoted to somebody who asks `query`, and of which passage; empty for nothing."""
    for number, each in enumerate(found, start=1):
        text = links.clean(quoting.quote(query, each), limits.hosts).strip()
        if text and not limits.guard.gives_away(text):
            return text, number
    return "", 0


def _unknown(question: Question, account: Account) -> str:
    account.kind = "unknown"
    return phrases.unknown(account.language, question.people)


async def _rest(text: str, so_far: str) -> AsyncGenerator[str, None]:
    """Yield what of `text` was not said before; all of it below something else that was said."""
    if text.startswith(so_far):
        text = text[len(so_far) :]
    elif so_far:
        text = "\n\n" + text
    if text:
        yield text


async def _checked(
    question: Question, account: Account, gateway: Gateway, limits: _Limits, found: Sequence[Found]
) -> AsyncGenerator[str, None]:
    """Yield those sentences of the model's that the passages support, or a passage if there are none."""
    if question.so_far and question.so_far.strip() == _quotation(account.query, found, limits)[0]:
        _quote(question, account, found, limits)
        return
    texts = wording.shown(found)
    checker = Checker(account, texts, account.query, limits.guard, limits.hosts)
    account.kind = "checked"
    checker.judge(question.so_far)
    prompt = wording.with_passages(question.prompt, found, texts)
    asked = replace(question, turns=wording.asking_again(question.turns), temperature=_CHECKED_TEMPERATURE)
    try:
        async with (
            aclosing(generate(asked, account, gateway, prompt)) as pieces,
            aclosing(checked(pieces, checker, question.so_far)) as passed,
        ):
            async for sentence in passed:
                yield sentence
    except _NO_MODEL:
        # What was sent stands by itself; nothing of it waits for the rest.
        account.timings["model_away"] = 1
    if checker.sent:
        citations.cite(account, checker.cited)
    else:
        async for piece in _rest(_quote(question, account, found, limits), question.so_far):
            yield piece


async def _free(
    question: Question, account: Account, gateway: Gateway, limits: _Limits, found: Sequence[Found] = ()
) -> AsyncGenerator[str, None]:
    """Yield what the model writes; of passages, note which sentences they support."""
    account.kind = "free"
    texts = wording.shown(found)
    prompt = wording.with_passages(question.prompt, found, texts) if found else question.prompt
    outlet = Outlet(limits.guard, limits.hosts, question.so_far)
    text = question.so_far
    try:
        async with aclosing(generate(question, account, gateway, prompt)) as pieces:
            async for piece in pieces:
                if ready := outlet.feed(piece):
                    text += ready
                    yield ready
    except _NO_MODEL:
        if found and not text.strip():
            async for piece in _rest(_quote(question, account, found, limits), ""):
                yield piece
            return
        if held := outlet.flush():
            yield held
        raise
    if held := outlet.flush():
        text += held
        yield held
    if found:
        checker = Checker(account, texts, account.query, limits.guard, limits.hosts)
        checker.judge(text)
        citations.cite(account, checker.cited)


async def generate(
    question: Question, account: Account, gateway: Gateway, prompt: str
) -> AsyncGenerator[str, None]:
    """Yield what the model writes under `prompt`, with as many of the turns as fit."""
    limit = question.context_tokens or await gateway.context_tokens(question.model)
    max_tokens = min(question.max_tokens, limit // 2)
    with account.timed("fit"):
        fitted = await history.fit(
            prompt,
            question.turns,
            limit=limit - max_tokens - _MARGIN_TOKENS,
            count=partial(gateway.count_tokens, model=question.model),
        )
    account.messages, account.cut = fitted.messages, fitted.cut
    chunks = gateway.stream_chat(
        fitted.messages,
        max_tokens=max_tokens,
        temperature=question.temperature,
        frequency_penalty=question.frequency_penalty,
        so_far=question.so_far,
        model=question.model,
    )
    async with aclosing(chunks):
        async for chunk in chunks:
            account.last = chunk
            if chunk.text:
                yield chunk.text
