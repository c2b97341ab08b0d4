"""Who sees topics, who keeps them, and to what each number leads."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from chatbot.analytics.models import Topic, TopicQuestion, TopicRun
from chatbot.conversations.models import MessageSentiment
from tests.chatbot.analytics.asked import asked


def browser_of(person):
    browser = Client()
    browser.force_login(person)
    return browser


@pytest.fixture
def topic(site):
    """A topic with three questions of today and one of forty days ago."""
    topic = Topic.objects.create(site=site, name="Parcels")
    for number in range(3):
        put(topic, asked(site, f"Where is parcel {number}?"))
    old = timezone.now() - timedelta(days=40)
    put(topic, asked(site, "Where is the old parcel?", when=old))
    return topic


def put(topic, question):
    TopicQuestion.objects.create(
        message=question, site=topic.site, day=question.created_at.date(), topic=topic
    )
    return question


def section(person, site, **query):
    return browser_of(person).get(reverse("analytics:topics"), {"site": site.pk, **query})


@pytest.mark.parametrize("role", ["owner", "editor", "operator", "viewer"])
def test_everybody_with_a_role_sees_the_topics(role, topic, site, request):
    page = section(request.getfixturevalue(role), site)

    assert page.status_code == 200
    assert "Parcels" in page.text
    assert reverse("analytics:topic", args=[topic.pk]) in page.text


def test_the_stranger_sees_and_changes_nothing(topic, site, stranger):
    browser = browser_of(stranger)
    own = reverse("analytics:topic", args=[topic.pk])

    answers = [
        browser.get(reverse("analytics:topics"), {"site": site.pk}),
        browser.get(reverse("analytics:topics_page"), {"site": site.pk}),
        browser.get(own),
        browser.post(f"{own}rename/", {"name": "Taken"}),
        browser.post(f"{own}hide/"),
        browser.post(f"{reverse('analytics:find_topics')}?site={site.pk}"),
    ]

    assert {answer.status_code for answer in answers} == {404}
    topic.refresh_from_db()
    assert (topic.name, topic.is_hidden) == ("Parcels", False)
    assert not TopicRun.objects.exists()


def test_a_number_leads_to_as_many_questions(topic, site, viewer):
    row = section(viewer, site).text.partition(reverse("analytics:topic", args=[topic.pk]))[2]
    address = reverse("analytics:topic", args=[topic.pk]) + row.partition('"')[0].replace("&amp;", "&")

    page = browser_of(viewer).get(address)

    assert page.text.count("Where is parcel") == 3
    assert "old parcel" not in page.text


def test_an_editor_reads_no_questions_and_a_viewer_changes_nothing(topic, editor, viewer):
    address = reverse("analytics:topic", args=[topic.pk])

    edited, viewed = browser_of(editor).get(address).text, browser_of(viewer).get(address).text

    assert "Where is parcel" not in edited and "Where is parcel" in viewed
    assert f"{address}rename/" in edited and f"{address}rename/" not in viewed


@pytest.mark.parametrize("role", ["operator", "viewer"])
def test_who_writes_no_knowledge_keeps_no_topics(role, topic, request):
    browser = browser_of(request.getfixturevalue(role))
    address = reverse("analytics:topic", args=[topic.pk])

    assert browser.post(f"{address}rename/", {"name": "Mine"}).status_code == 404
    assert browser.post(reverse("analytics:find_topics")).status_code == 403
    topic.refresh_from_db()
    assert topic.name == "Parcels"


def test_an_editor_renames_merges_hides_and_takes_apart(topic, site, editor):
    browser, address = browser_of(editor), reverse("analytics:topic", args=[topic.pk])
    other = Topic.objects.create(site=site, name="Lamps")
    put(other, asked(site, "Where is my lamp?"))

    browser.post(f"{address}rename/", {"name": "  Lost   parcels "})
    browser.post(f"{reverse('analytics:topic', args=[other.pk])}merge/", {"into": topic.pk})
    merged = section(editor, site).text
    browser.post(f"{address}hide/")
    hidden = section(editor, site).text
    browser.post(f"{address}hide/", {"shown": "yes"})
    browser.post(f"{address}part/")
    apart = section(editor, site).text

    assert "Lost parcels" in merged and "Lamps" not in merged and ">4<" in merged
    assert "Lost parcels" not in hidden
    assert "Lost parcels" in apart and "Lamps" in apart
    kinds = set(AuditEntry.objects.filter(site=site).values_list("kind", flat=True))
    assert {"topic.renamed", "topic.merged", "topic.hidden", "topic.shown", "topic.parted"} <= kinds
    assert "parcels" not in str(list(AuditEntry.objects.values()))


@pytest.mark.parametrize("name", ["", "   ", "x" * 81])
def test_a_name_that_is_none_is_refused_in_words(name, topic, owner):
    browser, address = browser_of(owner), reverse("analytics:topic", args=[topic.pk])

    page = browser.post(f"{address}rename/", {"name": name}, follow=True)

    assert "Write a name first." in page.text or "at most 80 characters" in page.text
    topic.refresh_from_db()
    assert topic.name == "Parcels"


def test_a_topic_merges_neither_into_itself_nor_into_another_sites(topic, other_site, owner):
    browser, address = browser_of(owner), reverse("analytics:topic", args=[topic.pk])
    theirs = Topic.objects.create(site=other_site, name="Theirs")

    into_itself = browser.post(f"{address}merge/", {"into": topic.pk}, follow=True)

    assert "another topic of the same site" in into_itself.text
    assert browser.post(f"{address}merge/", {"into": theirs.pk}).status_code == 404
    assert browser.post(f"{address}merge/", {"into": "x"}).status_code == 404
    topic.refresh_from_db()
    assert topic.merged_into is None


def test_the_page_tells_how_visitors_felt_and_what_was_not_known(topic, site, owner):
    question = put(topic, asked(site, "Where on earth is it?", kind="unknown"))
    MessageSentiment.objects.create(
        message=question,
        negative=0.2,
        neutral=0.7,
        positive=0.1,
        label="neutral",
        corrected_label="negative",
    )

    page = browser_of(owner).get(reverse("analytics:topic", args=[topic.pk]))

    facts = page.context["facts"]
    assert (facts.conversations, facts.unknown) == (4, 1)
    assert facts.feelings == {"negative": 1, "neutral": 0, "positive": 0, "unsure": 0}


def test_names_are_text_and_never_markup(topic, site, owner):
    Topic.objects.filter(pk=topic.pk).update(name="<img src=x onerror=alert(1)>")

    for page in (section(owner, site), browser_of(owner).get(reverse("analytics:topic", args=[topic.pk]))):
        assert "<img src=x" not in page.text
        assert "&lt;img" in page.text


def test_a_site_without_topics_says_so(site, owner):
    assert "No topics in these days." in section(owner, site).text


def test_searching_now_shows_how_far_it_is(site, owner):
    browser = browser_of(owner)

    page = browser.post(f"{reverse('analytics:find_topics')}?site={site.pk}", follow=True)

    assert "Waits for the worker." in page.text
    run = TopicRun.objects.get()
    run.begin(200)
    run.step(50, "Reading question 50 of 200")
    progress = browser.get(reverse("analytics:topics_progress"), {"site": site.pk}).text
    assert 'value="25"' in progress and "Reading question 50 of 200" in progress
