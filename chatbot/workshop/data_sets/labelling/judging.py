"""What people say of examples: one word where one is enough, two where two are wanted, and the last one."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from accounts.models import User
from chatbot.privacy import masking
from chatbot.workshop.data_sets import asking
from chatbot.workshop.data_sets.labelling.queue import is_double
from chatbot.workshop.data_sets.texts import Messages
from chatbot.workshop.models import Example, Judgement

Review, Verdict = Example.Review, Judgement.Verdict
_REVIEWS = {Verdict.ACCEPT: Review.ACCEPTED, Verdict.EDIT: Review.EDITED, Verdict.REJECT: Review.REJECTED}


class NotNow(Exception):
    """The example cannot be judged at the moment: work on its data set goes on, or its dispute is settled."""


@dataclass(frozen=True, slots=True)
class Word:
    """What a person says of an example; `texts` are those of its messages, in their order."""

    verdict: Judgement.Verdict
    texts: Sequence[str] = ()
    sentiment: str = ""
    intent: str = ""


@transaction.atomic
def judge(example: Example, word: Word, *, by: User) -> Example:
    """Store what `by` says, and let it count once as many people as are wanted have spoken.

    To say something else later takes the first word back. Raises NotNow.
    """
    example = _locked(example)
    last_words = Judgement.objects.filter(example=example, is_last_word=True)
    if last_words.exists():
        raise NotNow
    Judgement.objects.update_or_create(
        example=example, by=by, is_last_word=False, defaults=_said(example, word)
    )
    words = list(Judgement.objects.filter(example=example, is_last_word=False).order_by("pk")[:2])
    if is_double(example) and len(words) < 2:
        _count(example, None)
    elif len(words) == 2 and not _agree(*words):
        _count(example, None)
        example.review = Review.DISPUTED
    else:
        _count(example, words[0], *words[1:])
    example.save(update_fields=["review", "messages", "given", "unedited", "sentiment", "intent"])
    return example


@transaction.atomic
def resolve(example: Example, word: Word, *, by: User) -> Example:
    """Let `by` have the last word on an example on which two people differ; raises NotNow."""
    example = _locked(example)
    if example.review != Review.DISPUTED:
        raise NotNow
    last = Judgement.objects.create(example=example, by=by, is_last_word=True, **_said(example, word))
    _count(example, last)
    example.save(update_fields=["review", "messages", "given", "unedited", "sentiment", "intent"])
    return example


def _locked(example: Example) -> Example:
    """Return the example as it is now; raises NotNow while the worker changes its data set."""
    if asking.is_at_work(example.data_set):
        raise NotNow
    return Example.objects.select_for_update(of=("self",)).select_related("data_set").get(pk=example.pk)


def _said(example: Example, word: Word) -> dict[str, object]:
    """Return the columns of a judgement; an edit that changes nothing is an acceptance."""
    messages: Messages | None = None
    verdict = word.verdict
    if verdict == Verdict.EDIT:
        messages = _edited(example, word.texts)
        if messages == _before(example):
            messages, verdict = None, Verdict.ACCEPT
    return {"verdict": verdict, "messages": messages, "sentiment": word.sentiment, "intent": word.intent}


def _edited(example: Example, texts: Sequence[str]) -> Messages:
    before = _before(example)
    if len(texts) != len(before):
        return before
    return [
        {**message, "content": masking.for_training(text.replace("\r\n", "\n")).strip() or message["content"]}
        for message, text in zip(before, texts, strict=True)
    ]


def _before(example: Example) -> Messages:
    return example.unedited if example.unedited is not None else example.messages


def _agree(one: Judgement, other: Judgement) -> bool:
    """Tell whether two people say the same; who left a question open does not differ from who answered it."""
    return (
        (one.verdict, one.messages) == (other.verdict, other.messages)
        and (not one.sentiment or not other.sentiment or one.sentiment == other.sentiment)
        and (not one.intent or not other.intent or one.intent == other.intent)
    )


def _count(example: Example, *words: Judgement | None) -> None:
    """Let judgements that agree count, or none."""
    said = [word for word in words if word is not None]
    if example.unedited is not None:
        example.messages, example.unedited, example.given = example.unedited, None, None
    example.review = _REVIEWS[Verdict(said[0].verdict)] if said else Review.OPEN
    if said and said[0].messages is not None:
        example.unedited, example.messages = example.messages, said[0].messages
        example.given = None
    example.sentiment = next((word.sentiment for word in said if word.sentiment), example.sentiment)
    example.intent = next((word.intent for word in said if word.intent), example.intent)
