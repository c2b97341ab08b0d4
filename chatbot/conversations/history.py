"""What the language model reads: the site's prompt and as much of the conversation as fits."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from chatbot.conversations.models import Conversation, Message
from chatbot.privacy import masking
from inference.gateway import ChatMessage

# Notes of colleagues that the assistant reads; older ones have had their effect.
_NOTES = 3
# What a chat template writes once, and around each message: more than any of the catalogue's does.
_TEMPLATE_TOKENS, _TURN_TOKENS = 64, 16

Count = Callable[[Sequence[ChatMessage]], Awaitable[int]]


class QuestionTooLong(Exception):
    """Not even the prompt and the newest turn fit into the model's context."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """Messages that fit, and how many turns before them were left out."""

    messages: list[ChatMessage]
    cut: int


def turns_before(reply: Message) -> list[ChatMessage]:
    """Return what was said up to the question that `reply` answers, oldest first."""
    said = reply.conversation.messages.spoken().filter(pk__lte=reply.answers_id)
    return turns_of(said.only("conversation", "author", "text"))


def turns_of(said: Iterable[Message]) -> list[ChatMessage]:
    """Return the turns that `said`, oldest first, makes up; operators speak in the assistant's role.

    Neighbours of one role become one turn, since many chat templates accept alternating roles only.
    """
    turns: list[ChatMessage] = []
    for message in said:
        text = masking.for_model(message.text)
        role = "user" if message.author == Message.Author.VISITOR else "assistant"
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"] += "\n\n" + text
        elif text:
            turns.append({"role": role, "content": text})  # type: ignore[typeddict-item]
    return turns


def prompt_with_notes(prompt: str, conversation: Conversation) -> str:
    """Return the prompt followed by what colleagues noted for the assistant, the newest notes only."""
    notes = conversation.notes.filter(for_assistant=True).order_by("-id").values_list("text", flat=True)
    lines = [f"A colleague noted: {masking.for_model(note)}" for note in notes[:_NOTES]]
    return "\n\n".join([prompt, *reversed(lines)])


async def fit(prompt: str, turns: Sequence[ChatMessage], *, limit: int, count: Count) -> Fitted:
    """Return the prompt followed by the newest turns that take at most `limit` tokens together.

    The first turn kept is the visitor's. Calls `count`, which takes a visit to the model server, not at all
    when there is no doubt that everything fits, once when it does, else about log2 of the turns. Raises
    QuestionTooLong when the newest turn alone is too long.
    """
    system: ChatMessage = {"role": "system", "content": prompt}
    starts = [index for index, turn in enumerate(turns) if turn["role"] == "user"]

    async def fits(start: int) -> bool:
        return await count([system, *turns[start:]]) <= limit

    if starts and (most_tokens([system, *turns]) <= limit or await fits(starts[0])):
        return Fitted([system, *turns[starts[0] :]], cut=starts[0])
    if len(starts) < 2 or not await fits(starts[-1]):
        raise QuestionTooLong
    low, high = 1, len(starts) - 1
    while low < high:
        middle = (low + high) // 2
        if await fits(starts[middle]):
            high = middle
        else:
            low = middle + 1
    start = starts[high]
    return Fitted([system, *turns[start:]], cut=start)


def most_tokens(messages: Sequence[ChatMessage]) -> int:
    """Return how many tokens `messages` make at most: tokenizers make none of less than a byte."""
    return _TEMPLATE_TOKENS + sum(_TURN_TOKENS + len(turn["content"].encode()) for turn in messages)
