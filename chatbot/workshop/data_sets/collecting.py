"""From conversations of visitors to examples: which answers went well, and what is kept of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from chatbot.analytics.conditions.conversations import with_facts
from chatbot.analytics.models import SentimentLabel
from chatbot.conversations.answering.languages import language_of
from chatbot.conversations.models import (
    Conversation,
    ConversationQuerySet,
    Message,
    MessageSentiment,
    Visitor,
)
from chatbot.privacy import masking
from chatbot.workshop.data_sets.texts import Messages
from chatbot.workshop.models import ConversationConsent, DataSet, Example, key_of

WELL_RATED = 4
_AT_ONCE = 200
Author = Message.Author


@dataclass(frozen=True, slots=True)
class Choice:
    """Which answers are learnt from: praised ones, those of resolved conversations, those of operators."""

    praised: bool = True
    resolved: bool = True
    operators: bool = True
    sites: tuple[int, ...] = ()

    @classmethod
    def of(cls, settings: dict[str, Any]) -> "Choice":
        """Return the choice that a job was asked for with."""
        flags = {name: bool(settings.get(name)) for name in ("praised", "resolved", "operators")}
        return cls(**flags, sites=tuple(settings.get("sites", ())))


def collected(data_set: DataSet, choice: Choice) -> Iterator[Example]:
    """Yield what may be learnt from conversations that are not in the data set yet.

    Only of sites whose owners allow it, only of conversations that have ended, never of invented ones; all
    text has passed the door of privacy.
    """
    if data_set.kind == DataSet.Kind.LABELLED:
        yield from _corrected_messages(data_set, choice)
        return
    last = 0
    while batch := list(_conversations(data_set, choice).filter(pk__gt=last).order_by("pk")[:_AT_ONCE]):
        for conversation in batch:
            if messages := dialogue_in(conversation, choice):
                yield _example(conversation, messages, conversation.language)
        last = batch[-1].pk


def how_many(data_set: DataSet, choice: Choice) -> int:
    """Return how many conversations or messages would be looked at."""
    if data_set.kind == DataSet.Kind.LABELLED:
        return _corrected(data_set, choice).count()
    return _conversations(data_set, choice).count()


def dialogue_in(conversation: Conversation, choice: Choice) -> Messages:
    """Return a conversation up to its last chosen answer, empty where none was chosen.

    `conversation` is annotated with `resolved`. Where several answers follow each other, chosen ones push the
    others aside: that is how an operator corrects the assistant. Answers that are not chosen have weight 0.
    """
    is_resolved = (
        choice.resolved
        and bool(conversation.resolved)  # type: ignore[attr-defined]
        and (conversation.rating or 0) >= WELL_RATED
    )
    said = [
        message
        for message in conversation.messages.all().spoken()
        if message.author != Author.SYSTEM and message.text.strip()
    ]
    found: Messages = []
    until = 0
    for is_question, run in groupby(said, key=lambda message: message.author == Author.VISITOR):
        turn = list(run)
        if is_question:
            found.append({"role": "user", "content": _joined(turn)})
        elif found:
            chosen = [message for message in turn if _is_chosen(message, choice, is_resolved)]
            answer: dict[str, Any] = {"role": "assistant", "content": _joined(chosen or turn)}
            found.append(answer if chosen else {**answer, "weight": 0})
            until = len(found) if chosen else until
    return found[:until]


def _is_chosen(message: Message, choice: Choice, is_resolved: bool) -> bool:
    if message.feedback == Message.Feedback.DOWN or message.status != Message.Status.COMPLETED:
        return False
    if message.author == Author.OPERATOR:
        return choice.operators
    return is_resolved or (choice.praised and message.feedback == Message.Feedback.UP)


def _joined(turn: list[Message]) -> str:
    return "\n".join(masking.for_training(message.text).strip() for message in turn)


def _conversations(data_set: DataSet, choice: Choice) -> ConversationQuerySet:
    own = Message.objects.filter(conversation=OuterRef("pk"))
    liked = Q()
    if choice.praised:
        liked |= Q(Exists(own.filter(feedback=Message.Feedback.UP)))
    if choice.operators:
        liked |= Q(Exists(own.filter(author=Author.OPERATOR)))
    if choice.resolved:
        liked |= Q(rating__gte=WELL_RATED)
    if not liked:
        return Conversation.objects.none()
    conversations = Conversation.objects.filter(liked, **_of_sites(choice), merged_into=None)
    known = Example.objects.filter(data_set=data_set, conversation=OuterRef("pk"))
    real = conversations.filter(~Exists(known)).exclude(visitor__in=Visitor.objects.invented())
    return with_facts(real, timezone.now()).filter(Q(ended=True))


def _corrected_messages(data_set: DataSet, choice: Choice) -> Iterator[Example]:
    last = 0
    rows = _corrected(data_set, choice).select_related("message__conversation")
    while batch := list(rows.filter(pk__gt=last).order_by("pk")[:_AT_ONCE]):
        for sentiment in batch:
            text = masking.for_training(sentiment.message.text).strip()
            if text:
                messages: Messages = [{"role": "user", "content": text}]
                example = _example(sentiment.message.conversation, messages, sentiment.language)
                example.sentiment = sentiment.corrected_label
                example.review = Example.Review.ACCEPTED
                yield example
        last = batch[-1].pk


def _corrected(data_set: DataSet, choice: Choice) -> Any:
    known = Example.objects.filter(data_set=data_set, conversation=OuterRef("message__conversation"))
    of_sites = {f"message__conversation__{name}": value for name, value in _of_sites(choice).items()}
    return MessageSentiment.objects.filter(
        ~Exists(known), corrected_label__in=SentimentLabel.values, **of_sites
    ).exclude(message__conversation__visitor__in=Visitor.objects.invented())


def _of_sites(choice: Choice) -> dict[str, Any]:
    sites = ConversationConsent.objects.sites()
    return {"site__in": sites.filter(pk__in=choice.sites) if choice.sites else sites}


def _example(conversation: Conversation, messages: Messages, language: str) -> Example:
    text = " ".join(str(message["content"]) for message in messages if message["role"] == "user")
    return Example(
        site_id=conversation.site_id,
        conversation=conversation,
        group=key_of(conversation.public_id),
        messages=messages,
        language=language_of(text, language),
    )
