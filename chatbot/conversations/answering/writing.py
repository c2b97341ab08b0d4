"""How an answer is written: the one way that visitors, the playground, tests and figures all go."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from chatbot.conversations import history
from chatbot.conversations.answering.account import Account
from chatbot.conversations.answering.question import Question
from chatbot.knowledge.retrieval import Retriever
from inference.gateway import Gateway

# Room for the chat template's own tokens and for counting that is slightly off.
_MARGIN_TOKENS = 32


async def write(
    question: Question, account: Account, gateway: Gateway, retriever: Retriever | None
) -> AsyncGenerator[str, None]:
    """Yield the answer to `question` in pieces, filling in `account` on the way.

    Goes on from `question.so_far` where that is not empty. Raises history.QuestionTooLong, ModelUnavailable
    and RequestRejected.
    """
    account.kind = "free"
    async with aclosing(generate(question, account, gateway, question.prompt)) as pieces:
        async for piece in pieces:
            yield piece


async def generate(
    question: Question, account: Account, gateway: Gateway, prompt: str
) -> AsyncGenerator[str, None]:
    """Yield what the model writes under `prompt`, with as many of the turns as fit."""
    limit = question.context_tokens or await gateway.context_tokens()
    max_tokens = min(question.max_tokens, limit // 2)
    fitted = await history.fit(
        prompt,
        question.turns,
        limit=limit - max_tokens - _MARGIN_TOKENS,
        count=gateway.count_tokens,
    )
    account.messages, account.cut = fitted.messages, fitted.cut
    chunks = gateway.stream_chat(
        fitted.messages,
        max_tokens=max_tokens,
        temperature=question.temperature,
        frequency_penalty=question.frequency_penalty,
        so_far=question.so_far,
    )
    async with aclosing(chunks):
        async for chunk in chunks:
            account.last = chunk
            if chunk.text:
                yield chunk.text
