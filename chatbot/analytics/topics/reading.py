"""What visitors ask about in some days: counts of questions by topic, and which topics rise."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from accounts.models import Site
from chatbot.analytics.models import Topic, TopicQuestion, TopicRun
from chatbot.analytics.periods import Period
from chatbot.analytics.topics.rising import EARLIER_DAYS, RECENT_DAYS, rises
from chatbot.conversations.models import MessageSentiment, ReplyTrace

MOST_LISTED = 10
_FEELINGS = ("negative", "neutral", "positive", "unsure")


@dataclass(frozen=True, slots=True)
class TopicRow:
    """A topic in a period: its questions in all, as a share of the site's, and by day; whether it rises."""

    topic: Topic
    count: int
    share: float
    by_day: Sequence[int]
    rises: bool


@dataclass(frozen=True, slots=True)
class Topics:
    """The most frequent topics, and those that rise and are not among them.

    `total` are the questions that were looked at in the period, `asked` and `looked_at` those of the last
    search; the shares hold for all questions where it looked at a sample.
    """

    rows: Sequence[TopicRow]
    rising: Sequence[TopicRow]
    total: int
    asked: int
    looked_at: int

    @property
    def is_sample(self) -> bool:
        # Texts without words are never looked at; they are no sign of a sample.
        return self.looked_at < 0.8 * self.asked

    @property
    def is_empty(self) -> bool:
        return not self.rows and not self.rising


@dataclass(frozen=True, slots=True)
class TopicFacts:
    """What a topic's questions of a period have in common; shares are of the questions that are known."""

    conversations: int
    unknown: int
    feelings: Mapping[str, int]

    @property
    def felt(self) -> int:
        """How many questions have a sentiment."""
        return sum(self.feelings.values())


def overview(site: Site, period: Period, most: int = MOST_LISTED) -> Topics:
    """Return the topics of the site in `period`; hidden ones count for the shares and are not listed.

    A topic rises in the last days of the period against the weeks before those (`rising.rises`).
    """
    counts = _counts(site, period)
    total = sum(counts.values())
    recent_days = Period.ending(period.last, RECENT_DAYS)
    earlier_days = Period.ending(recent_days.first - timedelta(days=1), EARLIER_DAYS)
    recent, earlier = _counts(site, recent_days), _counts(site, earlier_days)
    all_recent, all_earlier = sum(recent.values()), sum(earlier.values())
    rising = {
        topic
        for topic, count in recent.items()
        if topic is not None and rises(count, all_recent, earlier.get(topic, 0), all_earlier)
    }
    shown = Topic.objects.filter(site=site, is_hidden=False).in_bulk(
        [topic for topic in counts if topic is not None]
    )
    order = sorted(shown.values(), key=lambda topic: (-counts[topic.pk], topic.pk))
    listed = order[:most]
    also = [topic for topic in order[most:] if topic.pk in rising][:most]
    by_day = _by_day(site, period, [topic.pk for topic in (*listed, *also)])
    rows = {
        topic.pk: TopicRow(
            topic,
            counts[topic.pk],
            counts[topic.pk] / total,
            [by_day.get((topic.pk, day), 0) for day in period],
            topic.pk in rising,
        )
        for topic in (*listed, *also)
    }
    run = TopicRun.objects.newest_done(site)
    return Topics(
        [rows[topic.pk] for topic in listed],
        [rows[topic.pk] for topic in also],
        total,
        run.asked if run else 0,
        run.looked_at if run else 0,
    )


def questions_of(topic: Topic, period: Period) -> QuerySet[TopicQuestion]:
    """Return the questions of the topic and of its parts in the days of `period`, the newest first."""
    own = TopicQuestion.objects.filter(
        Q(topic=topic) | Q(topic__merged_into=topic), day__range=(period.first, period.last)
    )
    return own.select_related("message__conversation").order_by("-day", "-message")


def facts_of(questions: QuerySet[TopicQuestion]) -> TopicFacts:
    """Return what `questions` have in common."""
    messages = questions.order_by().values("message")
    unknown = ReplyTrace.objects.filter(message__answers=OuterRef("message"), kind=ReplyTrace.Kind.UNKNOWN)
    counted = questions.order_by().aggregate(
        conversations=Count("message__conversation", distinct=True),
        unknown=Count("pk", filter=Exists(unknown)),
    )
    # A person's correction counts instead of the label.
    labels = MessageSentiment.objects.filter(message__in=messages).values("label", "corrected_label")
    feelings = dict.fromkeys(_FEELINGS, 0)
    for row in labels.annotate(count=Count("pk")):
        feelings[row["corrected_label"] or row["label"]] += row["count"]
    return TopicFacts(counted["conversations"], counted["unknown"], feelings)


def by_day(topic: Topic, period: Period) -> list[tuple[date, int]]:
    """Return how often the topic was asked about on each day."""
    counts = _by_day(topic.site, period, [topic.pk])
    return [(day, counts.get((topic.pk, day), 0)) for day in period]


def _counts(site: Site, period: Period) -> dict[int | None, int]:
    """Return the number of questions by topic, parts counted to their whole, None for those without one."""
    rows = _with_whole(TopicQuestion.objects.filter(site=site, day__range=(period.first, period.last)))
    return dict(rows.values("whole").annotate(count=Count("pk")).order_by().values_list("whole", "count"))


def _by_day(site: Site, period: Period, topics: Iterable[int]) -> dict[tuple[int, date], int]:
    rows = _with_whole(TopicQuestion.objects.filter(site=site, day__range=(period.first, period.last)))
    counted = rows.filter(whole__in=list(topics)).values("whole", "day").annotate(count=Count("pk"))
    return {(row["whole"], row["day"]): row["count"] for row in counted.order_by()}


def _with_whole(rows: QuerySet[TopicQuestion]) -> QuerySet[Any]:
    return rows.annotate(whole=Coalesce(F("topic__merged_into"), F("topic")))
