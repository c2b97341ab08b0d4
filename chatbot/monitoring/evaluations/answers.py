"""`manage.py evaluate answers`: questions go the way that a visitor's go, and what comes out is judged."""

import asyncio
import json
import socket
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
from chatbot.monitoring.evaluations.answer_figures import Judged, figures_of, token_f1
from chatbot.monitoring.obstacles import Obstacle
from chatbot.monitoring.preparation import prepare_models
from chatbot.prompts.models import DEFAULT_PROMPT
from chatbot.workshop.evaluating.question_files import Case, read_cases, read_passages
from inference.encoding import EncoderUnavailable
from inference.gateway import Gateway
from inference.training.json_lines import BadLines

HELP = "right source cited, token-F1 and refusals, through the whole reply path"
# As many at once as the model server batches without anybody waiting long.
_AT_ONCE = 4


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
    parser.add_argument(
        "--model",
        help="a version, like SmolLM2-135M-Instruct@2, served for the time of it; default: the active one",
    )
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
        if options["model"]:
            _ask_alone()
        with running_model_server(settings.INFERENCE_URLS[0], options["model"] or ""):
            write(f"Encoding {len(passages)} passages …")
            retriever = retriever_over(passages)
            write(f"Answering {len(cases)} questions …")
            answered = asyncio.run(answer_all(cases, retriever, options["mode"], told=options["told"]))
    except (NotReady, EncoderUnavailable, Obstacle) as error:
        raise CommandError(str(error)) from error
    if options["answers"]:
        rows = (json.dumps(_row(each), ensure_ascii=False) for each in answered)
        options["answers"].write_text("\n".join(rows) + "\n", encoding="utf-8")
    return figures_of(_judged(each) for each in answered)


def _ask_alone() -> None:
    """Let this process, a command that ends soon, ask at an address where nobody else asks."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.INFERENCE_URLS = [f"http://127.0.0.1:{free.getsockname()[1]}/v1"]
    settings.INFERENCE_MODEL = ""


async def answer_all(
    cases: Sequence[Case],
    retriever: Retriever,
    mode: Mode | None = None,
    strong: float | None = None,
    told: Callable[[int, int], None] | None = None,
) -> list[Answered]:
    """Return the answers to all cases, in order; mode and threshold are those of the defaults for None.

    `told` is called with how many of how many are answered.
    """
    manner = await asyncio.to_thread(default_manner)
    manner["mode"] = mode or manner["mode"]
    manner["strong"] = manner["strong"] if strong is None else strong
    gateway = new_gateway()
    free = asyncio.Semaphore(_AT_ONCE)
    done = 0

    async def answer(case: Case) -> Answered:
        nonlocal done
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
            answered = await _answer(case, asked, gateway, retriever)
            done += 1
            if told is not None:
                told(done, len(cases))
            return answered

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
    account, judged = each.account, _judged(each)
    return {
        "question": each.case.question,
        "answer": each.text,
        "reference": judged.reference,
        "answerable": judged.answerable,
        "cited_relevant": judged.cited_relevant,
        "token_f1": token_f1(judged.answer, judged.reference) if judged.reference else None,
        "kind": account.kind,
        "confidence": account.confidence,
        "cited": [passage["passage"] for passage in account.passages if passage["cited"]],
        "passages": [{"id": p["passage"], "text": p["text"]} for p in account.passages],
        "sentences": account.sentences,
    }
