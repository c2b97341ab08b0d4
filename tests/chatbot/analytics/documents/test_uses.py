"""The use of documents is counted from new answers, and each number is one of answers that are there."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from chatbot.analytics.documents import reading
from chatbot.analytics.documents.noting import note_new_uses
from chatbot.analytics.models import DocumentUse
from chatbot.analytics.periods import Period, today
from chatbot.conversations.models import HandoffSettings
from chatbot.knowledge.models import Document, Source
from tests.chatbot.analytics.asked import asked


def an_hour_ago():
    return timezone.now() - timedelta(hours=1)


@pytest.fixture
def documents(site):
    source = Source.objects.create(site=site, kind="text", name="Texts")
    return [
        Document.objects.create(site=site, source=source, title=title, status="ready")
        for title in ("Delivery", "Returns", "Care")
    ]


def passages(*documents, cited=True):
    return [{"document": document.public_id, "cited": cited} for document in documents]


def use(site, *documents, when=None, **more):
    return asked(site, "Question?", when=when or an_hour_ago(), passages=passages(*documents), **more)


def counts(site, days=7):
    found = reading.overview(site, Period.ending(today(site), days))
    return {used.document.title: used.uses for used in found.used}, [str(one) for one in found.never_used]


def test_a_site_without_documents_has_nothing_to_show(site):
    assert reading.overview(site, Period.ending(today(site), 7)).is_empty


def test_each_answer_counts_once_for_each_document_that_it_rests_on(site, documents):
    delivery, returns, _care = documents
    use(site, delivery)
    use(site, delivery, returns, delivery)
    asked(site, "Question?", when=an_hour_ago(), passages=passages(returns, cited=False))

    assert note_new_uses() == 3
    assert counts(site) == ({"Delivery": 2, "Returns": 1}, ["Care"])


def test_reading_again_counts_nothing_twice_and_takes_what_is_new(site, documents):
    use(site, documents[0])
    note_new_uses()
    use(site, documents[0])

    assert (note_new_uses(), note_new_uses()) == (1, 0)
    assert counts(site)[0] == {"Delivery": 2}


def test_an_answer_of_this_minute_waits_for_those_that_may_still_be_stored_before_it(site, documents):
    use(site, documents[0], when=timezone.now())

    assert note_new_uses() == 0

    later = use(site, documents[0])
    assert note_new_uses() == 0
    reply = later.replies.get()
    type(reply).objects.filter(conversation__site=site).update(finished_at=an_hour_ago())
    assert note_new_uses() == 2


def test_what_is_erased_counts_no_more(site, documents):
    question = use(site, documents[0])
    note_new_uses()

    question.conversation.visitor.delete()

    assert counts(site) == ({}, ["Care", "Delivery", "Returns"])


def test_a_day_is_one_of_the_sites_clock(site, documents):

    HandoffSettings.objects.create(site=site, time_zone="Pacific/Kiritimati")
    moment = timezone.now().replace(hour=11, minute=0) - timedelta(days=2)
    use(site, documents[0], when=moment)

    note_new_uses()

    assert DocumentUse.objects.get().day == moment.date() + timedelta(days=1)


def test_another_sites_document_is_never_counted(site, other_site, documents):
    use(other_site, documents[0])

    note_new_uses()

    assert not DocumentUse.objects.exists()


@pytest.mark.parametrize("stored", [[], ["odd"], [{"cited": True}], [{"document": None, "cited": True}]])
def test_traces_of_other_shapes_are_passed_over(stored, site, documents):
    asked(site, "Question?", when=an_hour_ago(), passages=stored)

    assert note_new_uses() == 0


def test_a_number_leads_to_the_answers_behind_it(site, documents, owner):
    use(site, documents[0])
    use(site, documents[0])
    note_new_uses()
    browser = Client()
    browser.force_login(owner)

    section = browser.get(reverse("analytics:documents"), {"site": site.pk}).text
    page = browser.get(reverse("analytics:document", args=[documents[0].public_id]))

    assert reverse("analytics:document", args=[documents[0].public_id]) in section
    assert page.context["page"].paginator.count == 2


@pytest.mark.parametrize(
    ("role", "section", "behind"),
    [("owner", True, 200), ("editor", True, 404), ("operator", False, 404), ("viewer", False, 404)],
)
def test_documents_are_for_those_who_write_knowledge(role, section, behind, site, documents, request):
    use(site, documents[0])
    note_new_uses()
    browser = Client()
    browser.force_login(request.getfixturevalue(role))

    shown = browser.get(reverse("analytics:documents"), {"site": site.pk})

    assert shown.status_code == 200
    assert ("Delivery" in shown.text) is section
    address = reverse("analytics:document", args=[documents[0].public_id])
    assert browser.get(address).status_code == behind


def test_the_stranger_sees_no_document(site, documents, stranger):
    browser = Client()
    browser.force_login(stranger)

    assert browser.get(reverse("analytics:documents"), {"site": site.pk}).status_code == 404
    assert browser.get(reverse("analytics:documents_page"), {"site": site.pk}).status_code == 404
