"""What the model reads fits its context: the prompt always, then the newest turns."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from pytest_django import DjangoAssertNumQueries
from transformers import AutoTokenizer

from accounts.models import Site
from chatbot.conversations.history import QuestionTooLong, fit, most_tokens, turns_before
from chatbot.conversations.models import Conversation, Message, Visitor
from inference.gateway import ChatMessage


class Counter:
    """Counts words, and how often it was asked."""

    def __init__(self) -> None:
        self.calls = 0

    async def __call__(self, messages: Sequence[ChatMessage]) -> int:
        self.calls += 1
        return sum(len(message["content"].split()) for message in messages)


def _turns(pairs: int) -> list[ChatMessage]:
    turns: list[ChatMessage] = []
    for number in range(pairs):
        turns.append({"role": "user", "content": f"question {number}"})
        turns.append({"role": "assistant", "content": f"answer {number}"})
    return [*turns, {"role": "user", "content": "last question"}]


async def test_a_short_conversation_stays_whole() -> None:
    fitted = await fit("be kind", _turns(2), limit=100, count=Counter())

    assert fitted.cut == 0
    assert [message["role"] for message in fitted.messages] == ["system", *["user", "assistant"] * 2, "user"]


async def test_nothing_is_counted_that_fits_without_doubt() -> None:
    count = Counter()
    fitted = await fit("be kind", _turns(2), limit=1000, count=count)

    assert (fitted.cut, count.calls) == (0, 0)


@pytest.mark.parametrize(
    "text", ["lamp " * 40, "灯泡" * 40, "🧵\u200d🏽" * 40, "\x01\x7f\ufffd" * 40, "ẅ﷽" * 40]
)
def test_a_real_tokenizer_makes_no_more_tokens_than_are_reckoned_with(
    text: str, real_language_model: Path
) -> None:
    turns: list[ChatMessage] = [{"role": role, "content": text} for role in ("system", "user", "assistant")]
    tokenizer = AutoTokenizer.from_pretrained(real_language_model)

    assert 0 < len(tokenizer.apply_chat_template(turns)["input_ids"]) <= most_tokens(turns)


@pytest.mark.parametrize("limit", [4, 5, 8, 11, 12, 57, 201, 202])
async def test_the_newest_turns_that_fit_are_kept(limit: int) -> None:
    turns, count = _turns(50), Counter()
    fitted = await fit("be kind", turns, limit=limit, count=count)
    asked = count.calls

    assert fitted.messages[0]["content"] == "be kind"
    assert fitted.messages[1]["role"] == "user"
    assert fitted.messages[1:] == turns[fitted.cut :]
    assert await count(fitted.messages) <= limit
    if fitted.cut:
        assert await count([fitted.messages[0], *turns[fitted.cut - 2 :]]) > limit
    assert asked <= 8


async def test_a_question_that_alone_is_too_long_is_refused() -> None:
    with pytest.raises(QuestionTooLong):
        await fit("be kind", _turns(3), limit=3, count=Counter())


@pytest.fixture
def conversation(site: Site) -> Conversation:
    visitor, _secret = Visitor.objects.register(site)
    return Conversation.objects.create(site=site, visitor=visitor)


def test_only_what_was_said_counts(
    conversation: Conversation, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    def say(author: str, text: str, status: str = "completed", **more: object) -> Message:
        return conversation.messages.create(author=author, text=text, status=status, **more)

    first = say("visitor", "Is it waterproof?")
    say("assistant", "Half an ans", status="failed", answers=first)
    second = say("visitor", "Hello?\x07\x1b[31m")
    old = say("assistant", "Old answer", answers=second)
    say("assistant", "Stopped ans", status="stopped", answers=second, replaces=old)
    third = say("visitor", "Thanks")
    reply = say("assistant", "", status="streaming", answers=third)
    say("visitor", "Sent meanwhile")

    with django_assert_num_queries(1):
        turns = turns_before(reply)
    assert turns == [
        {"role": "user", "content": "Is it waterproof?\n\nHello?[31m"},
        {"role": "assistant", "content": "Stopped ans"},
        {"role": "user", "content": "Thanks"},
    ]
