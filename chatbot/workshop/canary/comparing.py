"""How the canary's conversations went beside those of the active version that began in the same time."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from chatbot.conversations.models import Conversation, ConversationEvent, Message, ReplyTrace
from chatbot.prompts import power
from chatbot.prompts.power import Interval
from inference.models import LanguageModelVersion

# A canary is looked at again and again while it runs: what is then called a difference must be a rare chance.
CONFIDENCE = 0.99
# The newest answers are enough for a median, and a page has to come soon.
_ANSWERS_READ = 2000
_RESAMPLES = 500
_SEED = 20


class Finding(StrEnum):
    """What the figures of both say, with the interval of their difference."""

    TOO_FEW = "too few"
    NO_DIFFERENCE = "no difference"
    BETTER = "better"
    WORSE = "worse"


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of both. Shares are of 1, times are milliseconds; `gap` is the canary's less the other's.

    `counts` says of how many, the canary's first. More is worse, except where `more_is_better`.
    """

    name: str
    label: str
    canary: float | None
    active: float | None
    counts: tuple[int, int]
    gap: Interval | None
    is_share: bool = True
    more_is_better: bool = False
    is_enough: bool = False

    @property
    def finding(self) -> Finding:
        if self.gap is None or not self.is_enough:
            return Finding.TOO_FEW
        if self.gap.low <= 0 <= self.gap.high:
            return Finding.NO_DIFFERENCE
        return Finding.BETTER if (self.gap.value > 0) == self.more_is_better else Finding.WORSE


@dataclass(frozen=True, slots=True)
class Comparison:
    """The conversations of both; `elsewhere` are answers in the canary's that another version wrote."""

    canary: LanguageModelVersion
    active: LanguageModelVersion
    conversations: tuple[int, int]
    elsewhere: int
    rows: tuple[Row, ...]


def compare(canary: LanguageModelVersion, active: LanguageModelVersion, least: int) -> Comparison:
    """Compare both over the conversations since the canary began; fewer than `least` of either say nothing.

    Shares by score intervals and their difference (Wilson, Newcombe: see `chatbot/prompts/power.py`), medians
    by the bootstrap (B. Efron, "Bootstrap methods: another look at the jackknife", Annals of Statistics 7
    (1979), 1-26).
    """
    arms = [_conversations(version, canary) for version in (canary, active)]
    totals = (arms[0].count(), arms[1].count())
    own = ReplyTrace.objects.filter(message__conversation__in=arms[0]).exclude(language_model="")
    return Comparison(
        canary,
        active,
        totals,
        own.exclude(language_model=canary.display_name).count(),
        (
            _share("failed", _("Conversations with a failed answer"), arms, _failed(), None, least),
            _share("handed_over", _("A person was asked for"), arms, _handed_over(), None, least),
            _share("unhelpful", _("Rated ones with a thumbs-down"), arms, _disliked(), _rated(), least),
            _share("unhappy", _("Visitor unhappy at the end"), arms, _UNHAPPY, _FELT, least),
            _times("first_token", _("First token, median (ms)"), arms, (canary, active), least),
            _times("speed", _("Tokens a second, median"), arms, (canary, active), least),
        ),
    )


def _conversations(version: LanguageModelVersion, canary: LanguageModelVersion) -> "QuerySet[Conversation]":
    since = Conversation.objects.filter(first_version=version, created_at__gte=canary.canary_since)
    return since.begun()


_FELT = Q(sentiment__isnull=False)
_UNHAPPY = Q(sentiment__lte=Conversation.UNHAPPY)


def _messages() -> "QuerySet[Message]":
    return Message.objects.filter(conversation=OuterRef("pk"))


def _failed() -> Exists:
    return Exists(_messages().filter(status=Message.Status.FAILED))


def _rated() -> Exists:
    return Exists(_messages().exclude(feedback=""))


def _disliked() -> Exists:
    return Exists(_messages().filter(feedback=Message.Feedback.DOWN))


def _handed_over() -> Exists:
    asked = ConversationEvent.objects.filter(conversation=OuterRef("pk"), kind="handoff.requested")
    return Exists(asked)


def _share(
    name: str,
    label: str,
    arms: Sequence["QuerySet[Conversation]"],
    hit: Q | Exists,
    counts: Q | Exists | None,
    least: int,
) -> Row:
    shares, totals = [], []
    for arm in arms:
        counted = arm.filter(counts) if counts is not None else arm
        total = counted.count()
        totals.append(total)
        shares.append(power.share(counted.filter(hit).count(), total, CONFIDENCE))
    canary, active = shares
    return Row(
        name,
        label,
        canary.value if canary else None,
        active.value if active else None,
        (totals[0], totals[1]),
        power.difference(active, canary) if canary and active else None,
        is_enough=min(totals) >= least,
    )


def _times(
    name: str,
    label: str,
    arms: Sequence["QuerySet[Conversation]"],
    versions: Sequence[LanguageModelVersion],
    least: int,
) -> Row:
    read = _first_tokens if name == "first_token" else _speeds
    canary, active = (read(arm, version) for arm, version in zip(arms, versions, strict=True))
    return Row(
        name,
        label,
        median(canary) if canary else None,
        median(active) if active else None,
        (len(canary), len(active)),
        difference_of_medians(canary, active) if canary and active else None,
        is_share=False,
        more_is_better=name == "speed",
        is_enough=min(len(canary), len(active)) >= least,
    )


def _written(arm: "QuerySet[Conversation]", version: LanguageModelVersion) -> "QuerySet[ReplyTrace]":
    """The newest answers that the version itself wrote; what is quoted comes from no model."""
    traces = ReplyTrace.objects.filter(message__conversation__in=arm, language_model=version.display_name)
    return traces.filter(first_token_ms__isnull=False).order_by("-pk")


def _first_tokens(arm: "QuerySet[Conversation]", version: LanguageModelVersion) -> list[float]:
    found = _written(arm, version).values_list("first_token_ms", flat=True)[:_ANSWERS_READ]
    return [float(each) for each in found if each is not None]


def _speeds(arm: "QuerySet[Conversation]", version: LanguageModelVersion) -> list[float]:
    longer = _written(arm, version).filter(completion_tokens__gt=1, total_ms__gt=F("first_token_ms"))
    rows = longer.values_list("completion_tokens", "total_ms", "first_token_ms")[:_ANSWERS_READ]
    return [
        1000 * (tokens - 1) / (total - first)
        for tokens, total, first in rows
        if tokens is not None and total is not None and first is not None
    ]


def difference_of_medians(first: Sequence[float], second: Sequence[float]) -> Interval:
    """Return median(first) - median(second) and its percentile interval from resamples of both.

    The same values give the same interval. Raises ValueError where one of them is empty.
    """
    if not first or not second:
        raise ValueError("A median of nothing.")
    chance = random.Random(_SEED)  # noqa: S311  statistics, no secret
    gaps = sorted(
        median(chance.choices(first, k=len(first))) - median(chance.choices(second, k=len(second)))
        for _each in range(_RESAMPLES)
    )
    outside = round((1 - CONFIDENCE) / 2 * _RESAMPLES)
    return Interval(median(first) - median(second), gaps[outside], gaps[-1 - outside])
