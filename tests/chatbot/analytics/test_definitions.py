"""What counts as resolved, abandoned, handed over and so on: each figure by conversations made for it."""

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from django.utils import translation

from accounts.models import Site
from chatbot.analytics import first_tokens
from chatbot.analytics.definitions import FIGURES, RETURN, SILENCE, value
from chatbot.analytics.figure import Unit
from chatbot.analytics.periods import Period
from chatbot.analytics.totals import Totals
from chatbot.conversations.models import Conversation, MessageSentiment, ReplyTrace
from tests.chatbot.analytics.clocks import Clock, stopped_clock
from tests.chatbot.analytics.days import ANSWERED, NOW, counted, happened_at, say_at, talk_at

pytestmark = pytest.mark.django_db

LONG_AGO = NOW - timedelta(days=9)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return stopped_clock(monkeypatch, NOW)


@pytest.mark.parametrize(
    ("lines", "fields", "resolved", "abandoned"),
    [
        (ANSWERED, {}, 1, 0),
        ((("visitor", 0),), {}, 0, 1),
        ((*ANSWERED, ("visitor", 2)), {}, 0, 1),
        ((("visitor", 0), ("assistant:unknown", 1)), {}, 0, 0),
        ((("visitor", 0), ("assistant:small_talk", 1)), {}, 0, 0),
        ((*ANSWERED, ("visitor", 2), ("assistant:small_talk", 3)), {}, 1, 0),
        (
            (("visitor", 0), ("assistant:unknown", 1), ("visitor", 2), ("assistant:small_talk", 3)),
            {},
            0,
            0,
        ),
        ((("visitor", 0), ("assistant:unknown", 1), ("visitor", 2), ("assistant", 3)), {}, 1, 0),
        ((*ANSWERED, ("operator", 2)), {}, 0, 0),
    ],
)
def test_what_is_resolved_and_what_abandoned(
    site: Site, lines: tuple[tuple[str, float], ...], fields: dict[str, str], resolved: int, abandoned: int
) -> None:
    talk_at(site, LONG_AGO, lines, **fields)

    totals = counted(site)

    assert (totals.ended, totals.resolved, totals.abandoned) == (1, resolved, abandoned)


@pytest.mark.parametrize("change", [{"status": "failed"}, {"status": "stopped"}, {"feedback": "down"}])
def test_a_last_answer_that_is_not_whole_or_does_not_help_resolves_nothing(
    site: Site, change: dict[str, str]
) -> None:
    conversation = talk_at(site, LONG_AGO, ANSWERED)
    say_at(conversation, "visitor", LONG_AGO + timedelta(minutes=2))
    say_at(conversation, "assistant", LONG_AGO + timedelta(minutes=3), **change)

    assert counted(site).resolved == 0


def test_a_conversation_is_over_after_four_hours_of_silence_or_when_it_is_closed(
    site: Site, clock: Clock
) -> None:
    talk_at(site, NOW - timedelta(hours=3, minutes=59), ANSWERED)
    closed = talk_at(site, NOW - timedelta(minutes=5), ANSWERED)

    assert counted(site).ended == 0
    Conversation.objects.filter(pk=closed.pk).update(status="closed")
    assert (counted(site).ended, counted(site).resolved) == (1, 1)
    clock.pass_by(hours=1)
    assert (counted(site).ended, counted(site).resolved) == (2, 2)


@pytest.mark.parametrize("kind", ["handoff.requested", "operator.joined"])
def test_who_asked_for_a_person_was_not_helped_by_the_assistant(site: Site, kind: str) -> None:
    conversation = talk_at(site, LONG_AGO, ANSWERED)
    happened_at(conversation, kind, LONG_AGO + timedelta(minutes=2), turn="waiting")
    happened_at(conversation, "handoff.withdrawn", LONG_AGO + timedelta(minutes=3), turn="assistant")

    totals = counted(site)

    assert (totals.handed_over, totals.resolved, totals.abandoned) == (1, 0, 0)


@pytest.mark.parametrize(
    ("kinds", "abandoned"),
    [
        ([("handoff.requested", "waiting")], 1),
        ([("handoff.requested", "waiting"), ("operator.joined", "operator")], 1),
        ([("operator.joined", "operator"), ("operator.left", "waiting")], 1),
        ([("operator.joined", "operator"), ("operator.left", "assistant")], 0),
        ([("handoff.requested", "waiting"), ("handoff.withdrawn", "assistant")], 0),
    ],
)
def test_who_leaves_while_waiting_for_a_person_has_given_up(
    site: Site, kinds: list[tuple[str, str]], abandoned: int
) -> None:
    conversation = talk_at(site, LONG_AGO, ANSWERED)
    for minute, (kind, turn) in enumerate(kinds, 2):
        happened_at(conversation, kind, LONG_AGO + timedelta(minutes=minute), turn)

    assert counted(site).abandoned == abandoned
    say_at(conversation, "operator", LONG_AGO + timedelta(minutes=9))
    assert counted(site).abandoned == 0


def test_what_was_merged_into_another_conversation_is_judged_there(site: Site) -> None:
    into = talk_at(site, LONG_AGO, ANSWERED)
    talk_at(site, LONG_AGO, (("visitor", 0),), visitor=into.visitor, status="closed", merged_into=into)

    totals = counted(site)

    assert (totals.conversations, totals.ended, totals.resolved, totals.abandoned) == (2, 2, 1, 0)


@pytest.mark.parametrize(
    ("days", "still"),
    [(6.9, 0), (7.1, 1), (-1, 1)],
)
def test_a_visitor_who_comes_back_within_seven_days_was_not_helped_for_good(
    site: Site, days: float, still: int
) -> None:
    begin = NOW - timedelta(days=15)
    conversation = talk_at(site, begin, ANSWERED)
    talk_at(site, begin + timedelta(days=days), ANSWERED, visitor=conversation.visitor)

    of_day = counted(site, _day(begin))

    assert (of_day.resolved_week_ago, of_day.still_resolved) == (1, still)


def test_a_visitor_who_writes_again_after_the_end_came_back_as_well(site: Site) -> None:
    soon = talk_at(site, LONG_AGO, (*ANSWERED, ("operator", 200), ("visitor", 400), ("assistant", 401)))
    late = talk_at(site, LONG_AGO, (*ANSWERED, ("visitor", 242), ("assistant", 243)))

    assert (counted(site).resolved_week_ago, counted(site).still_resolved) == (2, 1)
    assert soon.messages.count() == 5 and late.messages.count() == 4


def test_the_return_is_waited_for(site: Site) -> None:
    talk_at(site, NOW - timedelta(days=6), ANSWERED)

    totals = counted(site)

    assert (totals.resolved, totals.resolved_week_ago) == (1, 0)
    assert value("still_resolved", totals) is None


def test_people_are_measured_from_the_moment_they_were_asked(site: Site) -> None:
    begin = LONG_AGO
    conversation = talk_at(site, begin, ANSWERED, status="closed", closed_at=begin + timedelta(minutes=62))
    happened_at(conversation, "handoff.requested", begin + timedelta(minutes=2), turn="waiting")
    happened_at(conversation, "operator.joined", begin + timedelta(minutes=4), turn="operator")
    say_at(conversation, "operator", begin + timedelta(minutes=5))
    waits = talk_at(site, begin, ANSWERED)
    happened_at(waits, "handoff.requested", begin, turn="waiting")

    totals = counted(site)

    assert value("first_response", totals) == 180
    assert value("resolution", totals) == 3600
    assert value("handed_over", totals) == 1.0


def test_an_operator_whose_clock_is_behind_did_not_answer_before_being_asked(site: Site) -> None:
    conversation = talk_at(site, LONG_AGO, (*ANSWERED, ("operator", 2)))
    happened_at(conversation, "operator.joined", LONG_AGO + timedelta(minutes=2.1), turn="operator")

    assert value("first_response", counted(site)) == 0


def test_ratings_and_thumbs(site: Site) -> None:
    for rating in (5, 4, 3, None):
        talk_at(site, LONG_AGO, ANSWERED, rating=rating)
    thumbs = talk_at(site, LONG_AGO, (("visitor", 0),))
    for thumb in ("up", "up", "down", ""):
        say_at(thumbs, "assistant", LONG_AGO, feedback=thumb)

    totals = counted(site)

    assert value("rating", totals) == 4.0
    assert (value("thumbs_up", totals), value("thumbs_down", totals)) == (2, 1)


def test_a_corrected_sentiment_counts_as_what_it_was_corrected_to(site: Site) -> None:
    conversation = talk_at(site, LONG_AGO, ())
    for said, corrected in (("negative", ""), ("negative", "positive"), ("unsure", ""), ("neutral", "")):
        message = say_at(conversation, "visitor", LONG_AGO)
        MessageSentiment.objects.create(
            message=message, negative=0, neutral=0, positive=0, label=said, corrected_label=corrected
        )
    say_at(conversation, "visitor", LONG_AGO)

    totals = counted(site)

    shares = [value(name, totals) for name in ("negative", "neutral", "positive", "unsure", "sentiment")]
    assert shares == [0.25, 0.25, 0.25, 0.25, 0.0]
    assert value("corrected", totals) == 1


def test_failures_are_shares_of_what_was_tried(site: Site) -> None:
    conversation = talk_at(site, LONG_AGO, (*[("assistant", 0)] * 5, ("assistant:unknown", 1)))
    say_at(conversation, "assistant", LONG_AGO, status="failed")
    say_at(conversation, "assistant", LONG_AGO, status="stopped")
    ReplyTrace.objects.update(queued_ms=None)
    ReplyTrace.objects.filter(kind="unknown").update(queued_ms=30)

    totals = counted(site)

    assert value("failed", totals) == pytest.approx(1 / 7)
    assert value("unknown", totals) == pytest.approx(1 / 6)
    assert value("queue_wait", totals) == 30


def test_the_sentiment_after_an_answer_is_that_of_its_versions(site: Site) -> None:
    conversation = talk_at(site, LONG_AGO, ())
    for number, (label, model) in enumerate([("neutral", "a@1"), ("positive", "b@1"), ("negative", "")]):
        message = say_at(conversation, "visitor", LONG_AGO + timedelta(minutes=2 * number))
        MessageSentiment.objects.create(message=message, negative=0, neutral=0, positive=0, label=label)
        answer = say_at(conversation, "assistant", LONG_AGO + timedelta(minutes=2 * number + 1))
        ReplyTrace.objects.filter(message=answer).update(language_model=model)

    first, second = (counted(site, dimension="model", value=model) for model in ("a@1", "b@1"))

    assert (first.conversations, first.answers, first.messages, first.positive) == (1, 1, 1, 1)
    assert (second.conversations, second.answers, second.messages, second.negative) == (1, 1, 1, 1)


@pytest.mark.parametrize("figure", FIGURES)
def test_nothing_divided_by_nothing_is_unknown(figure: str) -> None:
    expected = 0 if FIGURES[figure].unit == Unit.COUNT else None

    assert value(figure, Totals()) == expected


@pytest.mark.parametrize("seed", range(5))
def test_percentiles_are_within_five_percent(seed: int) -> None:
    chance = Random(seed)
    times = [round(chance.lognormvariate(6, 1)) for _ in range(chance.randint(100, 5000))]
    steps = Counter(first_tokens.step_of(time) for time in times)
    times.sort()

    for percent in (50, 95):
        true = times[-(-len(times) * percent // 100) - 1]
        assert first_tokens.percentile(steps, percent) == pytest.approx(true, rel=0.05)


def test_the_database_finds_the_same_steps(site: Site) -> None:
    times = [0, 1, 2, 3, 10, 11, 99, 100, 1000, 4096, 59_999, 3_600_000]
    conversation = talk_at(site, LONG_AGO, [("assistant", 0)] * len(times))
    for message, milliseconds in zip(conversation.messages.all(), times, strict=True):
        ReplyTrace.objects.filter(message=message).update(first_token_ms=milliseconds)

    assert counted(site).first_token == Counter(first_tokens.step_of(time) for time in times)


@pytest.mark.parametrize("figure", FIGURES.values(), ids=list(FIGURES))
def test_the_guide_defines_each_figure_in_the_same_words(figure: object) -> None:
    guide = " ".join((Path(__file__).parents[3] / "docs/analytics.md").read_text(encoding="utf-8").split())
    with translation.override("en"):
        assert f"**{figure.label}**: {figure.definition}" in guide  # type: ignore[attr-defined]
        assert str(figure.definition).count(". ") == 0  # type: ignore[attr-defined]


def test_the_sentences_name_the_times_that_are_meant() -> None:
    with translation.override("en"):
        said = {name: str(FIGURES[name].definition) for name in ("resolved", "abandoned", "still_resolved")}

    assert all(f" {SILENCE.total_seconds() / 3600:.0f} hours of silence" in text for text in said.values())
    assert f"within {RETURN.days} days" in said["still_resolved"]


def _day(moment: datetime) -> Period:
    return Period(moment.date(), moment.date())
