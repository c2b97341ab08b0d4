"""Earlier messages get the scores of the active head: a job that can be watched, stopped and begun again."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from chatbot.analytics.labelling import rescoring
from chatbot.analytics.labelling.rescoring import NothingToScore, ask, carry_out, look_after_rescorings
from chatbot.analytics.models import Rescoring
from chatbot.conversations.models import Message, MessageSentiment
from chatbot.conversations.sentiment.scoring import score_again
from inference.classifying import ClassifierUnavailable
from tests.chatbot.conversations.sentiment.scripted_classifier import ScriptedClassifier, begun, feel

pytestmark = pytest.mark.django_db

LIST = "/admin/analytics/sentimenthead/"


@pytest.fixture
def job(head, told, administrator):
    return ask(7, by=administrator)


@pytest.fixture
def classifier():
    classifier = ScriptedClassifier()
    classifier.head = "sentiment@1"
    return classifier


def worked(job, classifier, score=score_again):
    claimed = Rescoring.objects.claim(job.public_id)
    carry_out(claimed, lambda pks: score(pks, lambda: classifier), pause_seconds=0.0)
    return Rescoring.objects.get(pk=job.pk)


def test_messages_of_these_days_get_the_new_scores_and_corrections_stay(site, head, told, classifier):
    conversation = begun(site, "Hello")
    new = feel(conversation, "awful", created_at=timezone.now() - timedelta(days=3))
    old = feel(conversation, "awful", created_at=timezone.now() - timedelta(days=9))
    MessageSentiment.objects.update(head="sentiment@0", negative=0.0, corrected_label="neutral")

    job = worked(ask(7, by=None), classifier)

    assert (job.state, job.message, job.head_name) == ("done", "scored", "sentiment@1")
    assert job.done == job.total == 2
    fresh = MessageSentiment.objects.get(message=new)
    assert (fresh.head, fresh.negative > 0.9, fresh.counted_label) == ("sentiment@1", True, "neutral")
    assert MessageSentiment.objects.get(message=old).head == "sentiment@0"


def test_what_the_head_has_scored_is_not_asked_again(site, head, told, classifier):
    feel(begun(site, "Hello"), "awful")
    worked(ask(7, by=None), classifier)
    classifier.asked.clear()

    job = worked(ask(7, by=None), classifier)

    assert (job.state, job.total, classifier.texts) == ("done", 0, [])


def test_a_busy_server_is_asked_again(site, head, told, classifier):
    begun(site, "Hello")
    refusals = [1, 2, 3]

    def busy_at_first(pks, make):
        if refusals:
            refusals.pop()
            raise ClassifierUnavailable("busy")
        return score_again(pks, make)

    assert worked(ask(7, by=None), classifier, busy_at_first).state == "done"


def test_a_server_that_stays_away_is_given_up(site, head, told, classifier):
    begun(site, "Hello")
    classifier.is_away = True

    job = worked(ask(7, by=None), classifier)

    assert (job.state, job.message) == ("failed", "classifier_away")


def test_it_is_stopped_before_the_next_messages(site, job, classifier):
    begun(site, "Hello")
    Message.objects.update(created_at=timezone.now() - timedelta(days=1))
    job.cancel()
    assert Rescoring.objects.get().state == "cancelled"
    again = ask(7, by=None)

    def cancelling(pks, make):
        Rescoring.objects.get(pk=again.pk).cancel()
        return score_again(pks, make)

    again = worked(again, classifier, cancelling)

    assert (again.state, again.done) == ("cancelled", 1)


def test_one_at_a_time_and_not_without_a_head(job, head):
    with pytest.raises(NothingToScore):
        ask(7, by=None)
    job.cancel()
    type(head).objects.update(state="retired")
    with pytest.raises(NothingToScore):
        ask(7, by=None)


def test_one_whose_worker_died_is_ended_and_one_that_got_lost_is_sent_again(job):
    Rescoring.objects.update(created_at=timezone.now() - timedelta(minutes=2))
    assert look_after_rescorings() == [job.public_id]
    Rescoring.objects.claim(job.public_id)
    Rescoring.objects.update(touched_at=timezone.now() - timedelta(minutes=3))

    assert look_after_rescorings() == []

    assert (Rescoring.objects.get().state, Rescoring.objects.get().message) == ("failed", "abandoned")


def test_it_is_asked_for_and_stopped_on_the_page_of_the_heads(head, told, administrator):
    browser = Client()
    browser.force_login(administrator)
    for days in ("0", "366", "-1", "many", ""):
        shown = browser.post(f"{LIST}rescore/", {"days": days}, follow=True).content.decode()
        assert "Write how many days, from 1 to 365." in shown

    shown = browser.post(f"{LIST}rescore/", {"days": "30"}, follow=True).content.decode()
    assert "The last 30 days with sentiment@1." in shown and "Waits for the worker." in shown
    assert f'hx-get="{LIST}rescoring/"' in shown
    browser.post(f"{LIST}rescoring/cancel/")

    assert "Cancelled." in browser.get(f"{LIST}rescoring/").content.decode()
    assert Rescoring.objects.get().asked_by == administrator
    assert rescoring.MOST_DAYS == 365
