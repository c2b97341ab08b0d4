"""Knowledge that a test lays out, and questions about it."""

from collections.abc import Sequence
from contextlib import aclosing
from typing import Any

from chatbot.conversations.answering import Account, Question, write
from chatbot.knowledge.retrieval import Found, Retrieval
from inference.gateway import Gateway

PROMPT = "You are the assistant of Lumen Lamps. Answer in a friendly tone."


def passage(text: str, *, title: str = "Returns", url: str = "", question: str = "", **more: Any) -> Found:
    """Return a passage that was found."""
    fields = {"heading": "", "vector": 0.8, "lexical": 0.5, "score": 0.7} | more
    return Found(
        passage_id=f"p{abs(hash(text))}",
        document_id=title,
        title=title,
        url=url,
        question=question,
        text=text,
        **fields,
    )


class Shelf:
    """A retriever that finds what it was given, as confidently as it was told to; keeps what it was asked."""

    def __init__(self, *found: Found, confidence: float | dict[str, float] = 0.5) -> None:
        self.found = found
        self.confidence = confidence
        self.queries: list[str] = []

    async def retrieve(self, query: str, *, limit: int = 5) -> Retrieval | None:
        self.queries.append(query)
        if not self.found:
            return None
        sure = self.confidence if isinstance(self.confidence, float) else self.confidence.get(query, 0.0)
        return Retrieval(query, self.found[:limit], sure)


def question(text: str, before: Sequence[str] = (), **more: Any) -> Question:
    """Return a question after the turns `before`, which the visitor begins."""
    roles = ("user", "assistant")
    turns: list[Any] = [{"role": roles[i % 2], "content": said} for i, said in enumerate([*before, text])]
    fields = {"prompt": PROMPT, "max_tokens": 200, "temperature": 0.0, "low": 0.3, "strong": 0.8} | more
    return Question(site_id=None, text=text, turns=turns, **fields)


async def answered(
    asked: Question, url: str, shelf: Shelf | None, patience: float = 5.0
) -> tuple[str, Account]:
    """Return the answer, what was said before included, and its account."""
    account = Account()
    gateway = Gateway([url], patience_seconds=patience, stall_seconds=patience)
    text = asked.so_far
    try:
        async with aclosing(write(asked, account, gateway, shelf)) as pieces:
            async for piece in pieces:
                text += piece
    finally:
        await gateway.aclose()
    return text, account
