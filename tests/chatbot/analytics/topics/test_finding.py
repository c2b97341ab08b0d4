"""Each night finds what visitors ask about, and keeps what people and earlier nights made of it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from chatbot.analytics.models import Topic, TopicQuestion, TopicRun
from chatbot.analytics.periods import Period, today
from chatbot.analytics.topics import finding, keeping, questions, reading
from chatbot.conversations.models import Conversation, Message, ReplyTrace, Visitor
from tests.chatbot.analytics.asked import asked
from tests.scripted_encoder import scripted_encoder

State = TopicRun.State
# Each in other words' order, which the scripted encoder does not see.
PARCEL = [
    "where is my parcel now",
    "my parcel now where is",
    "now where is my parcel",
    "where now is my parcel",
]
RETURN = ["please return the lamp", "return the lamp please", "the lamp please return"]


@pytest.fixture
def encoder(settings):
    with scripted_encoder() as running:
        settings.INFERENCE_URLS = [running.url]
        yield running


def night(site):
    """Let a night pass, and return its run."""
    run = TopicRun.objects.create(site=site)
    finding.carry_out(run.pk)
    run.refresh_from_db()
    return run


def listed(site):
    """Return the topics of the last days as (key, count)."""
    rows = reading.overview(site, Period.ending(today(site), 7)).rows
    return [(row.topic.pk, row.count) for row in rows]


def ask_all(site, *texts):
    return [asked(site, text) for text in texts]


def test_an_empty_site_has_no_topics(site, encoder):
    run = night(site)

    assert (run.state, run.found, run.asked) == (State.DONE, 0, 0)
    assert reading.overview(site, Period.ending(today(site), 7)).is_empty


def test_one_question_is_no_topic(site, encoder):
    asked(site, PARCEL[0])

    assert night(site).found == 0


def test_what_one_visitor_asks_again_and_again_is_no_topic(site, encoder):
    first = asked(site, PARCEL[0])
    for _time in range(5):
        asked(site, PARCEL[0], conversation=first.conversation)

    assert night(site).found == 0


def test_questions_of_one_meaning_are_one_topic_with_a_name_of_theirs(site, encoder):
    ask_all(site, *PARCEL, *RETURN)

    run = night(site)

    assert run.found == 2
    names = {topic.name for topic in Topic.objects.all()}
    assert names & set(PARCEL) and names & set(RETURN)
    assert sorted(count for _pk, count in listed(site)) == [3, 4]


def test_ten_thousand_equal_questions_are_one_topic_and_encoded_once(site, encoder):
    visitors = [Visitor(site=site, secret_hash=f"{number:064}") for number in range(10)]
    Visitor.objects.bulk_create(visitors)
    talks = [Conversation(site=site, visitor=visitor, message_total=2) for visitor in visitors]
    Conversation.objects.bulk_create(talks)
    said = [Message(conversation=talks[n % 10], author="visitor", text="Where is it?") for n in range(10_000)]
    Message.objects.bulk_create(said)
    answers = [Message(conversation=one.conversation, author="assistant", answers=one) for one in said]
    Message.objects.bulk_create(answers)
    ReplyTrace.objects.bulk_create(ReplyTrace(message=answer, kind="quoted") for answer in answers)

    run = night(site)

    assert (run.looked_at, run.found) == (10_000, 1)
    assert encoder.texts == ["Where is it?"]
    assert [count for _pk, count in listed(site)] == [10_000]


@pytest.mark.parametrize("text", ["😡😡😡", "👍", "!!!", "12 345", "x", " "])
def test_what_says_nothing_in_words_is_not_looked_at(text, site, encoder):
    ask_all(site, *[text] * 4)

    run = night(site)

    assert (run.asked, run.looked_at, run.found) == (4, 0, 0)
    assert encoder.texts == []


def test_ten_thousand_characters_are_looked_at_in_part(site, encoder):
    ask_all(site, *["where is it " * 900] * 3)

    assert night(site).found == 1
    assert max(map(len, encoder.texts)) <= 1000
    assert len(Topic.objects.get().name) <= 80


def test_small_talk_and_what_was_said_to_people_is_left_out(site, encoder):
    for _time in range(3):
        talk = asked(site, PARCEL[0], kind="small_talk").conversation
        talk.messages.create(author="visitor", text="Thank you, Mia, where is my parcel")

    assert night(site).asked == 0


def test_two_sites_never_mix(site, other_site, encoder):
    ask_all(site, *PARCEL[:2])
    ask_all(other_site, *PARCEL)

    assert (night(site).found, night(other_site).found) == (0, 1)
    assert Topic.objects.get().site == other_site
    assert set(TopicQuestion.objects.filter(topic__isnull=False).values_list("site", flat=True)) == {
        other_site.pk
    }


def test_the_next_night_keeps_rows_and_names_and_encodes_what_is_new_alone(site, encoder):
    ask_all(site, *PARCEL, *RETURN)
    night(site)
    before = dict(Topic.objects.values_list("pk", "name"))
    encoder.requests.clear()
    ask_all(site, "parcel my is now where", *RETURN)

    night(site)

    assert dict(Topic.objects.values_list("pk", "name")) == before
    assert encoder.texts == ["parcel my is now where"]
    assert sorted(count for _pk, count in listed(site)) == [5, 6]


def test_another_encoder_changes_no_row(site, encoder):
    ask_all(site, *PARCEL, *RETURN)
    night(site)
    before = listed(site)
    encoder.encoders = ["scripted-other@1"]
    encoder.requests.clear()

    night(site)

    assert listed(site) == before
    assert len(encoder.texts) == len(PARCEL) + len(RETURN)


def test_a_persons_name_and_a_merger_outlast_the_night(site, owner, encoder):
    ask_all(site, *PARCEL, *RETURN)
    night(site)
    parcel, back = sorted(Topic.objects.all(), key=lambda topic: "lamp" in topic.name)
    keeping.rename(parcel, "Deliveries", by=owner)
    keeping.merge(back, parcel, by=owner)
    ask_all(site, *RETURN)

    night(site)

    parcel.refresh_from_db()
    assert (parcel.name, parcel.named_by) == ("Deliveries", Topic.NamedBy.PERSON)
    assert listed(site) == [(parcel.pk, len(PARCEL) + 2 * len(RETURN))]


def test_a_topic_of_which_nothing_is_left_goes(site, encoder):
    said = ask_all(site, *PARCEL)
    night(site)
    for question in said:
        question.conversation.visitor.delete()

    night(site)

    assert not Topic.objects.exists()


def test_while_the_encoder_is_away_the_topics_stay(site, settings, monkeypatch, encoder):
    ask_all(site, *PARCEL)
    night(site)
    before = listed(site)
    ask_all(site, *RETURN)
    monkeypatch.setattr("chatbot.knowledge.encoders._PATIENCE_SECONDS", 0.0)
    settings.INFERENCE_URLS = ["http://127.0.0.1:9/v1"]

    run = night(site)

    assert run.state == State.FAILED
    assert "encoder is away" in run.message
    assert listed(site) == before


def test_what_is_too_old_keeps_its_topic_and_loses_its_vector(site, encoder):
    said = ask_all(site, *PARCEL)
    night(site)
    long_ago = timezone.now() - timedelta(days=questions.DAYS + 10)
    old = said[0]
    Message.objects.filter(pk=old.pk).update(created_at=long_ago)
    TopicQuestion.objects.filter(message=old).update(day=long_ago.date())

    night(site)

    kept = TopicQuestion.objects.get(message=old)
    assert (kept.topic_id, kept.vector) == (Topic.objects.get().pk, None)


def test_of_many_questions_the_same_sample_is_looked_at_each_night(site):
    for number in range(120):
        asked(site, f"question number {number}")

    first, again = (questions.sample(site, most=40) for _night in range(2))

    assert first.keys == again.keys
    assert 20 <= len(first.keys) <= 60
    assert first.asked == 120


def test_asking_twice_starts_one_search(site, owner):
    first, second = finding.ask_for_run(site, by=owner), finding.ask_for_run(site)

    assert first == second


def test_a_search_whose_worker_died_makes_room_for_another(site):
    dead = TopicRun.objects.create(site=site, state=State.RUNNING)
    TopicRun.objects.filter(pk=dead.pk).update(touched_at=timezone.now() - timedelta(hours=1))

    assert finding.ask_for_run(site) != dead
    dead.refresh_from_db()
    assert dead.state == State.FAILED
