"""Only what went well is taken from conversations, masked, and only where the site's owner lets it."""

import pytest

from accounts.models import AuditEntry
from chatbot.conversations import events
from chatbot.conversations.erasure import erase
from chatbot.conversations.models import Message, MessageSentiment
from chatbot.workshop.data_sets import asking, jobs
from chatbot.workshop.models import DataJob, DataSet, DataSource, Example
from tests.chatbot.workshop.data_sets.conftest import consent, talk

pytestmark = pytest.mark.django_db


def collect(data_set, by=None, **choice):
    """Collect as the worker does, every kind of answer unless `choice` says otherwise."""
    settings = {"praised": True, "resolved": True, "operators": True, "sites": []} | choice
    job = asking.ask(data_set, DataJob.Kind.COLLECT, settings=settings, by=by, by_worker=False)
    jobs.carry_out(DataJob.objects.claim(job.public_id))
    job.refresh_from_db()
    return job


def praise(conversation, text):
    Message.objects.filter(conversation=conversation, text=text).update(feedback="up")


def said(example):
    return [(one["role"], one["content"], one.get("weight")) for one in example.messages]


def test_nothing_is_taken_without_consent(data_set, site):
    praise(talk(site, ("visitor", "Where?"), ("assistant", "There"), status="closed"), "There")

    job = collect(data_set)
    consent(site, allows=False)
    again = collect(data_set)

    assert (job.message, again.message) == ("no_conversations", "no_conversations")
    assert not Example.objects.exists() and not DataSource.objects.exists()


def test_a_praised_answer_is_learnt_from_and_the_others_are_context(data_set, site, administrator):
    consent(site)
    conversation = talk(
        site,
        *(("assistant", "Welcome"), ("visitor", "Hello"), ("visitor", "I am jo@mail.example")),
        *(
            ("assistant", "Hello"),
            ("visitor", "Where is it?"),
            ("assistant", "It is there"),
            ("visitor", "Bye"),
        ),
        *(("assistant", "Goodbye"),),
        status="closed",
        language="en",
    )
    praise(conversation, "It is there")

    job = collect(data_set, by=administrator)

    example = Example.objects.get()
    assert said(example) == [
        ("user", "Hello\nI am [email]", None),
        ("assistant", "Hello", 0),
        ("user", "Where is it?", None),
        ("assistant", "It is there", None),
    ]
    assert (example.site, example.conversation, example.language) == (site, conversation, "en")
    entry = AuditEntry.objects.get(kind="workshop.conversations_collected")
    assert (job.detail, entry.actor_id, entry.data["examples"]) == ("1", administrator.pk, 1)


def test_all_answers_of_a_resolved_and_well_rated_conversation_are_learnt_from(data_set, site):
    consent(site)
    turns = (("visitor", "Where is it?"), ("assistant", "It is there"))
    talk(site, *turns, ("visitor", "Thanks"), ("assistant", "Welcome"), status="closed", rating=5)
    talk(site, ("visitor", "Badly rated?"), ("assistant", "Yes"), status="closed", rating=2)
    talk(site, ("visitor", "Not rated?"), ("assistant", "Yes"), status="closed")
    asked = talk(site, ("visitor", "A person?"), ("assistant", "Yes"), status="closed", rating=5)
    events.record(asked, "handoff.requested", {"turn": "waiting"})
    talk(site, ("visitor", "Still going on?"), ("assistant", "Yes"), rating=5)

    collect(data_set)

    (example,) = Example.objects.all()
    assert [weight for _role, _text, weight in said(example)] == [None] * 4


def test_an_answer_that_an_operator_put_right_takes_its_place(data_set, site):
    consent(site)
    talk(
        site,
        *(
            ("visitor", "Where is it?"),
            ("assistant", "I do not know"),
            ("operator", "In Leeds, call 555-123-4567"),
        ),
        status="closed",
    )

    collect(data_set)

    assert said(Example.objects.get()) == [
        ("user", "Where is it?", None),
        ("assistant", "In Leeds, call [phone]", None),
    ]


def test_an_answer_that_did_not_help_is_never_learnt_from(data_set, site):
    consent(site)
    conversation = talk(
        site,
        ("visitor", "Where?"),
        ("assistant", "No"),
        ("visitor", "Where?"),
        ("assistant", "There"),
        status="closed",
        rating=5,
    )
    Message.objects.filter(conversation=conversation, text="No").update(feedback="down")

    collect(data_set)

    assert [weight for _role, _text, weight in said(Example.objects.get())] == [None, 0, None, None]


def test_what_was_not_chosen_is_not_taken(data_set, site):
    consent(site)
    praise(talk(site, ("visitor", "Where?"), ("assistant", "There"), status="closed"), "There")
    talk(site, ("visitor", "When?"), ("operator", "Now"), status="closed")

    collect(data_set, praised=False, resolved=False)

    assert Example.objects.get().question == "When?"


def test_a_conversation_is_taken_once_and_goes_when_it_is_erased(data_set, site, other_site):
    consent(site)
    consent(other_site)
    conversation = talk(site, ("visitor", "When?"), ("operator", "Now"), status="closed")
    talk(other_site, ("visitor", "Oak?"), ("operator", "Yes"), status="closed")

    collect(data_set, sites=[site.pk])
    collect(data_set, sites=[site.pk])
    assert [example.question for example in Example.objects.all()] == ["When?"]
    erase(conversation.visitor)
    collect(data_set)

    assert [example.question for example in Example.objects.all()] == ["Oak?"]


def test_corrected_messages_become_labelled_texts(db, site):
    data_set = DataSet.objects.create(name="Moods", kind="labelled")
    consent(site)
    conversation = talk(site, ("visitor", "It broke, call 13812345678"), ("visitor", "Fine"))
    for message, label in zip(conversation.messages.all(), ("negative", ""), strict=True):
        MessageSentiment.objects.create(
            message=message, negative=0.1, neutral=0.8, positive=0.1, label="neutral", corrected_label=label
        )

    collect(data_set)

    example = Example.objects.get()
    assert (example.question, example.sentiment, example.review) == (
        "It broke, call [phone]",
        "negative",
        "accepted",
    )
