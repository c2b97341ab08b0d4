"""Counts what happened on one day of a site, over everything and over each value of each dimension.

Messages are counted by the database, in groups. Of the conversations it says for each one what it counts as,
so that a condition is worked out once though a conversation counts for an hour, a language, its labels and
the versions that answered in it.
"""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from math import log
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Case, Count, F, FloatField, IntegerField, Sum, Value, When
from django.db.models.functions import Cast, Floor, Greatest, Ln

from chatbot.analytics import first_tokens
from chatbot.analytics.conditions import conversations, messages
from chatbot.analytics.models import DailyFigures
from chatbot.analytics.periods import Period
from chatbot.analytics.totals import COLUMNS, Totals
from chatbot.conversations.models import ConversationQuerySet, MessageQuerySet

Dimension = DailyFigures.Dimension

# A dimension and a value of it.
Key = tuple[str, str]
Counted = defaultdict[Key, Totals]

_EVERYTHING: Key = (Dimension.ALL, "")
_AT_A_TIME = 2000
_COUNTS = [name for name in messages.CONDITIONS if name != "first_token"]


def figures_of_day(site_id: int, day: date, zone: ZoneInfo, now: datetime) -> list[DailyFigures]:
    """Return the rows of the day, not stored: none where nothing was, and none of zeros alone.

    The day is one of `zone`, whatever its length. What a conversation counts as depends on `now`: it is over
    after some silence, and the visitor's return is waited for.
    """
    begin, end = Period(day, day).moments(zone)
    counted: Counted = defaultdict(Totals)
    with _without_compiling():
        _count_conversations(counted, conversations.begun_between(site_id, begin, end), zone, now)
        _count_messages(counted, messages.written_between(site_id, begin, end), zone)
    return [
        DailyFigures(
            site_id=site_id,
            day=day,
            dimension=dimension,
            value=value,
            first_token={str(step): count for step, count in sorted(totals.first_token.items())},
            **{name: getattr(totals, name) for name in COLUMNS},
        )
        for (dimension, value), totals in sorted(counted.items())
        if not totals.is_empty
    ]


@contextmanager
def _without_compiling() -> Iterator[None]:
    """Keep PostgreSQL from compiling queries, which takes several times as long as to run these."""
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")
        yield


def _count_conversations(
    counted: Counted, begun: ConversationQuerySet, zone: ZoneInfo, now: datetime
) -> None:
    labels = _pairs(begun, "labels")
    prompts = _pairs(begun, "messages__trace__prompt_version")
    models = _pairs(begun, "messages__trace__language_model")
    # Each condition as 0 or 1, to be added up.
    flags = {
        f"is_{name}": Case(When(condition, then=1), default=0, output_field=IntegerField())
        for name, condition in conversations.CONDITIONS.items()
        if condition
    }
    columns = ("pk", "began", "language", "rating", "asked_at", "responded_at", "closed_at", *flags)
    facts = conversations.with_facts(begun, now).annotate(**flags).values(*columns)
    for fact in facts.iterator(_AT_A_TIME):
        counts = _counts_of(fact)
        keys = [
            _EVERYTHING,
            (Dimension.HOUR, str(fact["began"].astimezone(zone).hour)),
            (Dimension.LANGUAGE, fact["language"]),
            *((Dimension.LABEL, value) for value in labels[fact["pk"]]),
            *((Dimension.PROMPT, value) for value in prompts[fact["pk"]]),
            *((Dimension.MODEL, value) for value in models[fact["pk"]]),
        ]
        for key in keys:
            counted[key].add(**counts)


def _counts_of(fact: dict[str, Any]) -> dict[str, int]:
    """Return what one conversation adds to which columns."""
    counts = {name: fact[f"is_{name}"] for name, condition in conversations.CONDITIONS.items() if condition}
    counts["conversations"] = 1
    counts["rating_sum"] = fact["rating"] or 0
    if counts["first_responses"]:
        counts["first_response_seconds"] = _seconds(fact["asked_at"], fact["responded_at"])
    if counts["resolutions"]:
        counts["resolution_seconds"] = _seconds(fact["asked_at"], fact["closed_at"])
    return {name: count for name, count in counts.items() if count}


def _seconds(begin: datetime, end: datetime) -> int:
    """Clocks of two processes may differ a little, but nobody answers before being asked."""
    return max(0, round((end - begin).total_seconds()))


def _pairs(begun: ConversationQuerySet, column: str) -> defaultdict[int, list[str]]:
    """Return the values that a column of joined rows has, each once, by conversation; not the empty ones."""
    pairs: defaultdict[int, list[str]] = defaultdict(list)
    named = begun.filter(**{f"{column}__isnull": False}).order_by().values_list("pk", column).distinct()
    for key, value in named.iterator(_AT_A_TIME):
        if value != "":
            pairs[key].append(str(value))
    return pairs


def _count_messages(counted: Counted, written: MessageQuerySet, zone: ZoneInfo) -> None:
    by_place = messages.with_hour(written, zone).annotate(language=F("conversation__language"))
    for row in _rows(by_place, "hour", "language"):
        hour, language = str(row["hour"]), row["language"]
        _add(counted, row, _EVERYTHING, (Dimension.HOUR, hour), (Dimension.LANGUAGE, language))
    labelled = written.annotate(label=F("conversation__labels")).filter(label__isnull=False)
    for row in _rows(labelled, "label"):
        _add(counted, row, (Dimension.LABEL, str(row["label"])))
    for row in _rows(messages.with_versions(written), "prompt", "model"):
        if row["prompt"] is not None:
            _add(counted, row, (Dimension.PROMPT, str(row["prompt"])))
        if row["model"]:
            _add(counted, row, (Dimension.MODEL, row["model"]))


def _rows(grouped: MessageQuerySet, *keys: str) -> Iterator[dict[str, Any]]:
    """Yield the sums of each group, and then how many of its answers took which step to begin."""
    yield from grouped.values(*keys).annotate(
        **{name: Count("pk", filter=messages.CONDITIONS[name]) for name in _COUNTS},
        queued_ms=Sum("trace__queued_ms", filter=messages.CONDITIONS["queued"], default=0),
    )
    begun = grouped.filter(messages.CONDITIONS["first_token"]).annotate(step=_step())
    yield from begun.values(*keys, "step").annotate(times=Count("pk"))


def _add(counted: Counted, row: dict[str, Any], *keys: Key) -> None:
    for key in keys:
        if "step" in row:
            counted[key].first_token[row["step"]] += row["times"]
        else:
            counted[key].add(queued_ms=row["queued_ms"], **{name: row[name] for name in _COUNTS})


def _step() -> Cast:
    """Return `first_tokens.step_of` as the database works it out."""
    at_least_one = Cast(Greatest(F("trace__first_token_ms"), 1), FloatField())
    return Cast(Floor(Ln(at_least_one) / Value(log(first_tokens.STEP))), IntegerField())
