"""Scores visitors' messages: what the classifier reads, what is stored of its verdicts, and what follows."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from chatbot.conversations import hints
from chatbot.conversations.answering.languages import language_of
from chatbot.conversations.models import Conversation, Message, MessageQuerySet, MessageSentiment
from chatbot.conversations.sentiment import judging, trend
from chatbot.conversations.sentiment.classifiers import Classifier, head_in_use, patient_classifiers
from chatbot.privacy import masking
from inference.classifying import Verdict

# A list that somebody looks at is told of messages as young as this; history is scored without a word.
_NEWS = timedelta(hours=1)
_FIGURES = ("negative", "neutral", "positive", "label", "language", "less_certain", "head", "updated_at")


@dataclass(frozen=True, slots=True)
class Unscored:
    """A visitor's message as the classifier reads it; `text` is empty where there is nothing to read."""

    pk: int
    conversation_pk: int
    created_at: datetime
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Messages to be scored together, by the head called `name@number`; None leaves it to the server."""

    messages: list[Unscored]
    head: str | None

    async def verdicts(self, classifier: Classifier) -> list[Verdict | None]:
        """Return one verdict for each message, None where there is no text; raises ClassifierUnavailable."""
        texts = [message.text for message in self.messages if message.text]
        verdicts = iter(await classifier.classify(texts, self.head) if texts else ())
        return [next(verdicts) if message.text else None for message in self.messages]


def arrived(public_ids: Sequence[str]) -> Batch:
    """Return the messages with these ids, without those that were scored or deleted meanwhile."""
    return _batch(Message.objects.without_sentiment().filter(public_id__in=public_ids))


def left_over(limit: int, before: datetime) -> Batch:
    """Return up to `limit` messages from before a moment that no classifier has read, newest first."""
    return _batch(Message.objects.without_sentiment().filter(created_at__lt=before)[:limit])


def store(batch: Batch, verdicts: Sequence[Verdict | None]) -> int:
    """Keep the verdicts, once for each message, and return how many were new.

    The conversations' trends follow, in the inbox at once, and the rules that call a person are looked at.
    What was deleted meanwhile is left out.
    """
    return sum(_store(pk, pairs) for pk, pairs in _by_conversation(batch, verdicts))


def score_again(message_pks: Sequence[int], make: Callable[[], Classifier] = patient_classifiers) -> int:
    """Give visitors' messages the score of the active head instead of the one they have; return how many.

    Corrections stay and count as before, trends follow, and nobody is called. For the worker. Raises
    ClassifierUnavailable.
    """
    batch = _batch(Message.objects.filter(author=Message.Author.VISITOR, pk__in=message_pks).order_by("pk"))
    verdicts = asyncio.run(ask(batch, make))
    return sum(_store(pk, pairs, again=True) for pk, pairs in _by_conversation(batch, verdicts))


async def ask(batch: Batch, make: Callable[[], Classifier]) -> list[Verdict | None]:
    """Return the verdicts of a classifier that is made for them; raises ClassifierUnavailable."""
    classifier = make()
    try:
        return await batch.verdicts(classifier)
    finally:
        await classifier.aclose()


def _batch(messages: MessageQuerySet) -> Batch:
    rows = messages.values_list("pk", "conversation_id", "created_at", "text", "conversation__language")
    unscored = [
        Unscored(pk, conversation, at, masking.for_model(text).strip(), language_of(text, hint))
        for pk, conversation, at, text, hint in rows
    ]
    return Batch(unscored, head_in_use() if unscored else None)


Pairs = list[tuple[Unscored, Verdict | None]]


def _by_conversation(batch: Batch, verdicts: Sequence[Verdict | None]) -> Iterable[tuple[int, Pairs]]:
    grouped: dict[int, Pairs] = defaultdict(list)
    for message, verdict in zip(batch.messages, verdicts, strict=True):
        grouped[message.conversation_pk].append((message, verdict))
    return grouped.items()


@transaction.atomic
def _store(conversation_pk: int, pairs: Pairs, again: bool = False) -> int:
    # Whoever stores a score, corrects one or finishes an answer here waits for this row.
    conversation = Conversation.objects.select_for_update().filter(pk=conversation_pk).first()
    if conversation is None:
        return 0
    messages = conversation.messages.filter(pk__in=[message.pk for message, _verdict in pairs])
    there = set(messages.values_list("pk", flat=True))
    if not again:
        there -= set(MessageSentiment.objects.filter(message__in=there).values_list("message_id", flat=True))
    rows = [_row(message, verdict) for message, verdict in pairs if verdict and message.pk in there]
    if again:
        MessageSentiment.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["message"], update_fields=_FIGURES
        )
    else:
        MessageSentiment.objects.bulk_create(rows, ignore_conflicts=True)
    messages.update(sentiment_checked=True)
    if rows:
        trend.refresh(conversation)
        if max(message.created_at for message, _verdict in pairs) > timezone.now() - _NEWS:
            hints.announce_sentiment(conversation)
        if not again:
            judging.judge(conversation)
    return len(rows)


def _row(message: Unscored, verdict: Verdict) -> MessageSentiment:
    return MessageSentiment(
        message_id=message.pk,
        negative=verdict.negative,
        neutral=verdict.neutral,
        positive=verdict.positive,
        label=verdict.label,
        language=message.language,
        less_certain=_is_less_certain(message, verdict),
        head=verdict.head,
    )


def _is_less_certain(message: Unscored, verdict: Verdict) -> bool:
    """Tell whether the head was not trained in the message's language; signs without letters have none."""
    if not any(character.isalpha() for character in message.text):
        return False
    return message.language not in verdict.languages
