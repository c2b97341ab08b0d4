"""A classifier that feels by a few words, counts what it was asked, and can be away or held up."""

import asyncio
from collections.abc import Sequence

from accounts.models import Site
from chatbot.conversations.models import Conversation, Message
from chatbot.conversations.sentiment import scoring
from inference.classifying import ClassifierUnavailable, Explanation, Verdict, WordPull
from tests.chatbot.conversations import talks
from tests.scripted_feelings import feeling_of


def verdict_on(text: str, head: str = "sentiment@1") -> Verdict:
    probabilities, label = feeling_of(text)
    return Verdict(*probabilities, label, head=head, languages=("en", "zh"))


class ScriptedClassifier:
    """Make one and pass `lambda: it` as the way to make it."""

    def __init__(self) -> None:
        self.is_away = False
        self.head = "sentiment@1"
        self.asked: list[list[str]] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def classify(self, texts: Sequence[str], model: str | None = None) -> list[Verdict]:
        self.asked.append(list(texts))
        await self.gate.wait()
        if self.is_away:
            raise ClassifierUnavailable("as the script says")
        return [verdict_on(text, self.head) for text in texts]

    async def explain(self, text: str, model: str | None = None) -> Explanation:
        verdict = verdict_on(text)
        score = verdict.positive - verdict.negative
        return Explanation(verdict, (WordPull(0, len(text), text, score),), 0.0)

    async def aclose(self) -> None:
        """There is nothing to close."""

    @property
    def texts(self) -> list[str]:
        return [text for batch in self.asked for text in batch]


def begun(site: Site, text: str = "Hello") -> Conversation:
    """Return a conversation of a new visitor, who reads English and has asked something."""
    conversation = talks.begun(site, text)
    Conversation.objects.filter(pk=conversation.pk).update(language="en")
    return conversation


def feel(conversation: Conversation, text: str, **changes: object) -> Message:
    """Let the visitor of a conversation say `text`, and score it at once."""
    message = conversation.messages.create(author=Message.Author.VISITOR, text=text)
    if changes:
        Message.objects.filter(pk=message.pk).update(**changes)
    score(message)
    return message


def score(*messages: Message) -> int:
    """Score messages as the web process does."""
    batch = scoring.arrived([message.public_id for message in messages])
    return scoring.store(batch, [verdict_on(each.text) if each.text else None for each in batch.messages])
