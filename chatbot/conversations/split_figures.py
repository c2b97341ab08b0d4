"""What became of the conversations of a split, arm by arm, and when there is a winner to call."""

from dataclasses import dataclass, replace

from django.db.models import Exists, OuterRef, Q, QuerySet

from chatbot.conversations.models import Conversation, ConversationEvent, Message, ReplyTrace
from chatbot.prompts import power
from chatbot.prompts.models import PromptVersion, Split
from chatbot.prompts.power import Interval

# Where nothing is known of a share yet, the one that needs the most conversations.
_WORST_RATE = 0.5


@dataclass(frozen=True, slots=True)
class ArmFigures:
    """One arm. Conversations began after the split did and have an answer under this version."""

    version: PromptVersion
    share: float
    conversations: int
    ups: int
    downs: int
    handed_off: int
    # Of the conversations whose mood is known, those in which the visitor is unhappy by now.
    felt: int
    unhappy: int
    unhappy_rate: Interval | None
    # Of the measure: conversations that count, and that are hits.
    counted: int
    hits: int
    rate: Interval | None
    # How many more are to be counted before the arm can be compared, and with the first arm once they are.
    wanting: int = 0
    gap: Interval | None = None
    is_different: bool = False


def figures_of(split: Split) -> list[ArmFigures]:
    """Return the figures of the split's arms, first that of the largest weight, to which others are held.

    Each of the other arms is compared with it once, when both have the sample that the split's smallest
    effect takes; the level is divided by the number of comparisons.
    """
    arms = sorted(split.arms.select_related("version"), key=lambda arm: -arm.weight)
    whole = sum(arm.weight for arm in arms)
    counted = [_counted(split, arm.version, arm.weight / whole) for arm in arms]
    first, others = counted[0], counted[1:]
    needed = [_needed(split, first, other, len(others)) for other in others]
    first_needs = max((need[0] for need in needed), default=0)
    return [
        replace(first, wanting=max(0, first_needs - first.counted)),
        *(_compared(first, other, need, len(others)) for other, need in zip(others, needed, strict=True)),
    ]


def _counted(split: Split, version: PromptVersion, share: float) -> ArmFigures:
    conversations = _conversations(split, version)
    answers = ReplyTrace.objects.filter(prompt_version=version, message__conversation__in=conversations)
    liked = answers.filter(message__feedback=Message.Feedback.UP).count()
    disliked = answers.filter(message__feedback=Message.Feedback.DOWN).count()
    total = conversations.count()
    handed_off = conversations.filter(_asked_for_person()).count()
    felt = conversations.filter(sentiment__isnull=False).count()
    unhappy = conversations.filter(sentiment__lte=Conversation.UNHAPPY).count()
    counted, hits = total, handed_off
    if split.measure == Split.Measure.HELPFUL:
        own = ReplyTrace.objects.filter(prompt_version=version, message__conversation=OuterRef("pk"))
        rated = conversations.filter(Exists(own.exclude(message__feedback="")))
        counted = rated.count()
        hits = rated.exclude(Exists(own.filter(message__feedback=Message.Feedback.DOWN))).count()
    return ArmFigures(
        version=version,
        share=share,
        conversations=total,
        ups=liked,
        downs=disliked,
        handed_off=handed_off,
        felt=felt,
        unhappy=unhappy,
        unhappy_rate=power.share(unhappy, felt),
        counted=counted,
        hits=hits,
        rate=power.share(hits, counted),
    )


def _conversations(split: Split, version: PromptVersion) -> "QuerySet[Conversation]":
    answered = ReplyTrace.objects.filter(prompt_version=version, message__conversation=OuterRef("pk"))
    began = Q(site=split.site_id, created_at__gte=split.started_at)
    if split.ended_at is not None:
        began &= Q(created_at__lt=split.ended_at)
    return Conversation.objects.filter(began, Exists(answered))


def _asked_for_person() -> Exists:
    asked = ConversationEvent.objects.filter(conversation=OuterRef("pk"), kind="handoff.requested")
    return Exists(asked)


def _needed(split: Split, first: ArmFigures, other: ArmFigures, comparisons: int) -> tuple[int, int]:
    rate = first.rate.value if first.rate else _WORST_RATE
    return power.sample_needed(rate, split.smallest_effect / 100, other.share / first.share, comparisons)


def _compared(first: ArmFigures, other: ArmFigures, need: tuple[int, int], comparisons: int) -> ArmFigures:
    wanting = max(0, need[1] - other.counted)
    gap = power.difference(first.rate, other.rate) if first.rate and other.rate else None
    p = power.p_value((first.hits, other.hits), (first.counted, other.counted))
    is_enough = not wanting and first.counted >= need[0]
    return replace(
        other, wanting=wanting, gap=gap, is_different=is_enough and p < power.SIGNIFICANCE / comparisons
    )
