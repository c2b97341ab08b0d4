"""`manage.py evaluate answers`: questions go the way that a visitor's go, and what comes out is judged."""

import asyncio
import json
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from benchmarks.installation import NotReady
from benchmarks.model_server import running_model_server
from chatbot.conversations import answering
from chatbot.conversations.answering import Mode
from chatbot.conversations.answering.manner import default_manner
from chatbot.conversations.gateways import new_gateway
from chatbot.knowledge.encoders import encoders_for_passages
from chatbot.knowledge.retrieval import Retriever
from chatbot.knowledge.text_retriever import TextIndex, TextPassage, TextRetriever
from chatbot.knowledge.vectors import encode_passages
from chatbot.monitoring.evaluations.answer_figures import Judged, figures_of
from chatbot.monitoring.evaluations.lines import BadLines, ids_of, read_lines, read_passages, words_of
from chatbot.monitoring.obstacles import Obstacle
from chatbot.monitoring.preparation import prepare_models
from chatbot.prompts.models import DEFAULT_PROMPT
from inference.encoding import EncoderUnavailable
from inference.gateway import Gateway

HELP = "right source cited, token-F1 and refusals, through the whole reply path"
# As many at once as the model server batches without anybody waiting long.
_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Case:
    """A question of the dataset; `relevant` are ids of passages that answer it."""

    question: str
    reference: str = ""
    relevant: frozenset[str] = frozenset()
    answerable: bool = True


@dataclass(frozen=True, slots=True)
class Answered:
    """What the reply path said to a case, and how."""

    case: Case
    text: str
    account: answering.Account = field(default_factory=answering.Account)


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of `evaluate answers`."""
    parser.add_argument("--passages", type=Path, required=True, help="JSON lines: id, text, title?")
    parser.add_argument(
        "--dataset", type=Path, required=True, help="JSON lines: question, reference?, relevant?, answerable?"
    )
    parser.add_argument("--mode", choices=("quote", "checked", "free"), help="instead of the model's own")
    parser.add_argument("--answers", type=Path, help="write every answer to this file, as JSON lines")


def run(options: dict[str, Any], write: Callable[[str], None]) -> dict[str, Any]:
    """Answer every question of the dataset and return the figures; raises CommandError."""
    try:
        passages = read_passages(options["passages"])
        cases = read_cases(options["dataset"])
    except BadLines as error:
        raise CommandError(str(error)) from error
    try:
        prepare_models(write)
        with running_model_server(settings.INFERENCE_URLS[0]):
            write(f"Encoding {len(passages)} passages …")
            retriever = retriever_over(passages)
            write(f"Answering {len(cases)} questions …")
            answered = asyncio.run(answer_all(cases, retriever, options["mode"]))
    except (NotReady, EncoderUnavailable, Obstacle) as error:
        raise CommandError(str(error)) from error
    if options["answers"]:
        rows = (json.dumps(_row(each), ensure_ascii=False) for each in answered)
        options["answers"].write_text("\n".join(rows) + "\n", encoding="utf-8")
    return figures_of(_judged(each) for each in answered)


async def answer_all(
    cases: Sequence[Case], retriever: Retriever, mode: Mode | None = None, strong: float | None = None
) -> list[Answered]:
    """Return the answers to all cases, in order; mode and threshold are those of the defaults for None."""
    manner = await asyncio.to_thread(default_manner)
    manner["mode"] = mode or manner["mode"]
    manner["strong"] = manner["strong"] if strong is None else strong
    gateway = new_gateway()
    free = asyncio.Semaphore(_AT_ONCE)

    async def answer(case: Case) -> Answered:
        async with free:
            asked = answering.Question(
                site_id=None,
                text=case.question,
                prompt=DEFAULT_PROMPT.replace("{site}", "Parley"),
                turns=[{"role": "user", "content": case.question}],
                max_tokens=settings.REPLY_MAX_TOKENS,
                temperature=settings.REPLY_TEMPERATURE,
                frequency_penalty=settings.REPLY_FREQUENCY_PENALTY,
                **manner,
            )
            return await _answer(case, asked, gateway, retriever)

    try:
        return list(await asyncio.gather(*(answer(case) for case in cases)))
    finally:
        await gateway.aclose()


async def _answer(case: Case, asked: answering.Question, gateway: Gateway, retriever: Retriever) -> Answered:
    account = answering.Account()
    text = ""
    async with aclosing(answering.write(asked, account, gateway, retriever)) as pieces:
        async for piece in pieces:
            text += piece
    return Answered(case, text, account)


def retriever_over(passages: Sequence[TextPassage]) -> TextRetriever:
    """Return what searches `passages`, with more patience than visitors have; raises EncoderUnavailable."""
    index = TextIndex(passages, encode_passages([passage.compared for passage in passages]).vectors)

    async def encode(query: str) -> dict[str, Any]:
        encoders = encoders_for_passages()
        try:
            return await encoders.embed_query(query)
        finally:
            await encoders.aclose()

    return TextRetriever(index, encode)


def read_cases(file: Path) -> list[Case]:
    """Read questions: question, reference?, relevant?, answerable?. Raises BadLines."""
    return [
        Case(
            question=words_of(value, "question", place),
            reference=words_of(value, "reference", place, needed=False),
            relevant=ids_of(value, "relevant", place) if value.get("relevant") else frozenset(),
            answerable=bool(value.get("answerable", True)),
        )
        for place, value in read_lines(file)
    ]


def _judged(each: Answered) -> Judged:
    case, account = each.case, each.account
    used = {str(passage["passage"]) for passage in account.passages if passage["cited"]}
    shown = used | {str(passage["passage"]) for passage in account.passages if passage["related"]}
    return Judged(
        kind=account.kind,
        answerable=case.answerable,
        cited_relevant=bool(shown & case.relevant) if case.relevant else None,
        used_relevant=bool(used & case.relevant) if case.relevant else None,
        answer=each.text,
        reference=case.reference,
        unsupported=sum(not s["supported"] and s["sent"] for s in account.sentences),
        written=len(account.sentences),
        added_ms=account.timings.get("retrieve", 0.0),
    )


def _row(each: Answered) -> dict[str, Any]:
    account = each.account
    return {
        "question": each.case.question,
        "answer": each.text,
        "kind": account.kind,
        "confidence": account.confidence,
        "cited": [passage["passage"] for passage in account.passages if passage["cited"]],
        "passages": [{"id": p["passage"], "text": p["text"]} for p in account.passages],
        "sentences": account.sentences,
    }
