"""What visitors asked in vain: found in the traces, gathered by meaning, the most frequent first."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter

import numpy as np
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Site, User
from chatbot.conversations.models import Message
from chatbot.knowledge.curated import QUESTION_CHARACTERS
from chatbot.knowledge.grouping import Vectors, centred, grouped, word_vectors
from chatbot.operators.models import SettledQuestion
from chatbot.operators.workbench.question_vectors import vectors_of
from chatbot.privacy import masking

# The newest so many questions are looked at; more would keep a page waiting.
MOST_QUESTIONS = 2000
_MOST_SET_ASIDE = 500
_SHOWN_EXAMPLES = 5
# What an answer begins with; more phrasings of one meaning find nothing more.
_MOST_PHRASINGS = 10
# From so many texts on, what all of them share can be told from what tells them apart.
_ENOUGH_TO_CENTRE = 50


@dataclass(frozen=True, slots=True)
class HowNear:
    """Cosines of vectors: from where two groups are one, and from where two texts say nearly the same."""

    related: float
    alike: float


# Pairs of one group, F1 on questions of banking77 and covid_faq with multilingual-e5-small: 0.46 to 0.58 by
# meaning, 0.23 to 0.40 by words.
_CENTRED = HowNear(related=0.40, alike=0.65)
_BARE = HowNear(related=0.91, alike=0.95)
_WORDS = HowNear(related=0.25, alike=0.65)


class Why(models.TextChoices):
    """Why a question counts as unanswered."""

    UNKNOWN = "unknown", _("The assistant did not know")
    FAILED = "failed", _("The answer failed")
    UNHELPFUL = "unhelpful", _("The visitor found the answer unhelpful")


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that got no answer, or none that helped. `text` has passed the door of privacy."""

    pk: int
    conversation: str
    answer: str
    text: str
    language: str
    asked_at: datetime
    why: Why


@dataclass(frozen=True, slots=True)
class Group:
    """Questions of one meaning, the newest first."""

    questions: Sequence[Unanswered]

    @property
    def phrasings(self) -> list[str]:
        """Their texts without repetitions, the most frequent first."""
        return [text for text, _count in Counter(one.text for one in self.questions).most_common()]

    @property
    def lines(self) -> str:
        """As many phrasings as a curated answer takes, one to a line."""
        return "\n".join(text[:QUESTION_CHARACTERS] for text in self.phrasings[:_MOST_PHRASINGS])

    @property
    def keys(self) -> str:
        """The keys of the visitors' messages, for the form that settles them."""
        return ",".join(str(one.pk) for one in self.questions)

    @property
    def examples(self) -> list[Unanswered]:
        """Some of them, each text once."""
        return list({one.text: one for one in reversed(self.questions)}.values())[::-1][:_SHOWN_EXAMPLES]

    @property
    def languages(self) -> list[str]:
        return sorted({one.language for one in self.questions if one.language})

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """How often each reason holds, with its words."""
        counts = Counter(one.why for one in self.questions)
        return [(str(why.label), counts[why]) for why in Why if counts[why]]

    @property
    def newest(self) -> datetime:
        return self.questions[0].asked_at


@dataclass(frozen=True, slots=True)
class Overview:
    """All groups, the largest first; `by_meaning` is false where the encoder was away."""

    groups: list[Group] = field(default_factory=list)
    total: int = 0
    by_meaning: bool = True
    is_cut: bool = False


def overview(site: Site, since: datetime) -> Overview:
    """Return what visitors of the site asked in vain since then, without what is settled."""
    asked = unanswered(site, since)
    set_aside = SettledQuestion.objects.filter(site=site, is_answered=False).order_by("-created_at")
    texts_aside = [
        masking.for_model(text)
        for text in set_aside.values_list("message__text", flat=True)[:_MOST_SET_ASIDE]
    ]
    if not asked:
        return Overview()
    is_cut = len(asked) == MOST_QUESTIONS
    vectors, by_meaning, how_near = _vectors(site, [*texts_aside, *(one.text for one in asked)])
    aside, vectors = np.split(vectors, [len(texts_aside)])
    if len(aside):
        # What means nearly the same as something that was set aside goes with it.
        stays = (vectors @ aside.T).max(axis=1) < how_near.alike
        asked = [one for one, stay in zip(asked, stays, strict=True) if stay]
        vectors = vectors[stays]
    members: dict[int, list[Unanswered]] = {}
    for number, one in zip(grouped(vectors, how_near.related), asked, strict=True):
        members.setdefault(number, []).append(one)
    groups = [Group(sorted(group, key=attrgetter("asked_at"), reverse=True)) for group in members.values()]
    groups.sort(key=lambda group: (len(group.questions), group.newest), reverse=True)
    return Overview(
        groups,
        total=len(asked),
        by_meaning=by_meaning,
        is_cut=is_cut,
    )


def _vectors(site: Site, texts: Sequence[str]) -> tuple[Vectors, bool, HowNear]:
    """Return the texts' vectors, whether they are of their meaning, and how near is near for them."""
    vectors = vectors_of(site.pk, texts)
    if vectors is None:
        return word_vectors(texts), False, _WORDS
    if len(texts) < _ENOUGH_TO_CENTRE:
        return vectors, True, _BARE
    return centred(vectors), True, _CENTRED


def unanswered(site: Site, since: datetime) -> list[Unanswered]:
    """Return the newest questions without an answer that helped, each once, oldest first."""
    settled = SettledQuestion.objects.filter(message=OuterRef("answers"))
    replies = (
        Message.objects.filter(
            conversation__site=site, author=Message.Author.ASSISTANT, created_at__gte=since
        )
        .filter(
            Q(trace__kind="unknown") | Q(status=Message.Status.FAILED) | Q(feedback=Message.Feedback.DOWN)
        )
        .filter(answers__isnull=False, replacement__isnull=True)
        .exclude(answers__text="")
        .exclude(Exists(settled))
        .select_related("answers", "trace", "conversation")
        .order_by("-id")[:MOST_QUESTIONS]
    )
    return [_unanswered(reply) for reply in reversed(replies)]


def settle(site: Site, messages: Iterable[str], by: User, *, is_answered: bool) -> int:
    """Take the questions with these keys off the site's list and return how many there are."""
    keys = [int(key) for key in messages if key.isascii() and key.isdecimal() and len(key) < 19]
    own = Message.objects.filter(
        conversation__site=site, author=Message.Author.VISITOR, pk__in=keys[:MOST_QUESTIONS]
    )
    rows = [
        SettledQuestion(site=site, message_id=key, settled_by=by, is_answered=is_answered)
        for key in own.values_list("pk", flat=True)
    ]
    SettledQuestion.objects.bulk_create(
        rows,
        update_conflicts=True,
        update_fields=["is_answered", "settled_by"],
        unique_fields=["message"],
    )
    return len(rows)


def _unanswered(reply: Message) -> Unanswered:
    assert reply.answers is not None
    trace = getattr(reply, "trace", None)
    if reply.feedback == Message.Feedback.DOWN:
        why = Why.UNHELPFUL
    elif trace is not None and trace.kind == "unknown":
        why = Why.UNKNOWN
    else:
        why = Why.FAILED
    return Unanswered(
        pk=reply.answers.pk,
        conversation=reply.conversation.public_id,
        answer=reply.public_id if trace is not None else "",
        text=" ".join(masking.for_model(reply.answers.text).split()),
        language=reply.conversation.language,
        asked_at=reply.answers.created_at,
        why=why,
    )
