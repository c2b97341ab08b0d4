"""Conversations of earlier days, stored with the moments at which they took place."""

from datetime import datetime, timedelta
from typing import Any

from accounts.models import Site
from chatbot.analytics import refreshing
from chatbot.conversations import events
from chatbot.conversations.models import Conversation, Message, MessageSentiment, ReplyTrace, Visitor
from chatbot.operators.models import Label
from chatbot.prompts.models import PromptVersion


def talk(site: Site, began: datetime, *lines: str, feels: str = "", **changes: Any) -> Conversation:
    """Let a talk begin at `began` with a minute between the lines, each "visitor: ..." or "assistant: ...".

    "call" is the visitor asking for a person; `feels` is the sentiment of every line of the visitor.
    """
    visitor, _secret = Visitor.objects.register(site)
    conversation = Conversation.objects.create(site=site, visitor=visitor)
    question = None
    for number, line in enumerate(lines):
        at = began + timedelta(minutes=number)
        if line == "call":
            event = events.record(conversation, "handoff.requested", {"reason": "visitor", "turn": "waiting"})
            type(event).objects.filter(pk=event.pk).update(created_at=at)
            continue
        author, _colon, text = line.partition(": ")
        message = _say(conversation, author, text, at, question)
        if author == "visitor":
            question = message
            if feels:
                MessageSentiment.objects.create(
                    message=message, negative=0, neutral=0, positive=0, label=feels
                )
    Conversation.objects.filter(pk=conversation.pk).update(
        **{"created_at": began, "updated_at": began + timedelta(minutes=len(lines)), **changes}
    )
    conversation.refresh_from_db()
    return conversation


def _say(
    conversation: Conversation, author: str, text: str, at: datetime, question: Message | None
) -> Message:
    answers = question if author == "assistant" else None
    message = conversation.messages.create(author=author, text=text, answers=answers, finished_at=at)
    events.record(conversation, "message.created", message.data())
    Message.objects.filter(pk=message.pk).update(created_at=at)
    if author == "assistant":
        ReplyTrace.objects.create(
            message=message,
            prompt_version=PromptVersion.objects.current(conversation.site),
            language_model="tiny@7",
            kind="unknown" if text == "I do not know." else "quoted",
            queued_ms=20,
            first_token_ms=400,
        )
    return message


def known_history(site: Site, now: datetime) -> None:
    """Store and count five conversations of the seven days before `now`, and two of the week before.

    Of the five the assistant resolved two, one was handed over, one was abandoned, one got "I do not know."
    """
    label = Label.objects.create(site=site, name="Returns")
    # A talk that ran past midnight would be of two days.
    noon = now.replace(hour=12, minute=0)
    days = [noon - timedelta(days=number) for number in range(12)]
    closed = {"status": "closed", "rating": 4}
    talk(site, days[2], "visitor: Hi", "assistant: Hello", language="en", feels="positive", **closed)
    lamp = talk(
        site, days[3], "visitor: A lamp?", "assistant: Yes.", "visitor: Good", "assistant: Bye", language="en"
    )
    person = ("visitor: Help", "assistant: How?", "call", "operator: Here I am")
    talk(site, days[3], *person, language="zh-hans", feels="negative", handoff_reason="visitor")
    talk(site, days[4], "visitor: Nobody there?", language="en", feels="negative")
    talk(site, days[5], "visitor: Why?", "assistant: I do not know.", language="zh-hans", feels="neutral")
    talk(site, days[9], "visitor: Old", "assistant: Older", **closed)
    talk(site, days[10], "visitor: Before", "assistant: Then")
    lamp.labels.add(label)
    lamp.messages.filter(text="Yes.").update(feedback="up")
    refreshing.recount(site)
