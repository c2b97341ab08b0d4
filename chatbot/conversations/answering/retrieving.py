"""Looking a question up before it is answered."""

from collections.abc import Sequence
from dataclasses import replace

from chatbot.conversations.answering import citations, follow_ups
from chatbot.conversations.answering.account import Account
from chatbot.conversations.answering.question import Question
from chatbot.knowledge.retrieval import Found, Retrieval, Retriever
from chatbot.knowledge.site_retriever import SiteRetriever

_PASSAGES = 5
_NEARLY = 0.85


def retriever_for(site_id: int) -> Retriever:
    """Return what searches the knowledge of a site."""
    return SiteRetriever(site_id)


async def look_up(question: Question, account: Account, retriever: Retriever) -> Retrieval | None:
    """Return what the site knows about the question, None where it has no knowledge, and note it.

    A follow-up is looked up together with the turn before it, and by itself when that finds nothing.
    """
    with account.timed("retrieve"):
        query = follow_ups.query_for(question.text, question.turns)
        retrieval = await retriever.retrieve(query, limit=_PASSAGES)
        if retrieval is not None and query != question.text and retrieval.confidence < question.low:
            alone = await retriever.retrieve(question.text, limit=_PASSAGES)
            if alone is not None and alone.confidence > retrieval.confidence:
                retrieval = alone
        if retrieval is not None and query != question.text:
            retrieval = replace(retrieval, found=_something_else(retrieval.found, question))
    if retrieval is None:
        return None
    account.query, account.confidence = retrieval.query, round(retrieval.confidence, 4)
    account.passages = citations.describe(retrieval.found)
    account.timings |= {"encode": round(retrieval.encode_ms, 2), "search": round(retrieval.search_ms, 2)}
    return retrieval


def _something_else(found: Sequence[Found], question: Question) -> Sequence[Found]:
    """Return what was found for a follow-up with what was just said behind what is nearly as near.

    "And what does it cost?" is looked up with the question about delivery before it, whose own answer is then
    the nearest of all.
    """
    answers = [turn["content"] for turn in question.turns if turn["role"] == "assistant"]
    just_said = answers[-1] if answers else ""
    said = [each for each in found if each.text.strip() in just_said]
    others = [each for each in found if each not in said]
    if said and others and found[0] in said and others[0].score >= _NEARLY * found[0].score:
        return [*others, *said]
    return found


def texts_of(found: Sequence[Found]) -> str:
    """Return all that the passages say, titles included."""
    return "\n".join(part for each in found for part in (each.title, each.heading, each.question, each.text))
