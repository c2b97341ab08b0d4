"""Corrected messages train the head only where their site lets them, and pass the door of privacy."""

import json

import pytest
from django.test import Client

from accounts.models import AuditEntry
from chatbot.analytics.labelling.collecting import TooFewTexts, collect, corrections
from chatbot.analytics.models import LabellingSettings, TrainingRun
from chatbot.conversations.models import Conversation, Message, MessageSentiment, Visitor
from tests.chatbot.analytics.labelling.conftest import labelled_file

pytestmark = pytest.mark.django_db


def corrected(site, text, label, language="en"):
    visitor, _secret = Visitor.objects.register(site)
    conversation = Conversation.objects.create(site=site, visitor=visitor)
    message = Message.objects.create(conversation=conversation, author="visitor", text=text)
    return MessageSentiment.objects.create(
        message=message,
        negative=0.2,
        neutral=0.2,
        positive=0.6,
        label="positive",
        language=language,
        corrected_label=label,
    )


def allow(site, allowed=True):
    LabellingSettings.objects.create(site=site, trains_sentiment=allowed)


def collected(tmp_path, *files, uses_corrections=True):
    run = TrainingRun.objects.create(uses_corrections=uses_corrections)
    run.files.set(files)
    found = collect(run, tmp_path)
    lines = [json.loads(line) for path in found.files for line in path.read_text().splitlines()]
    return found, {line["text"]: line["label"] for line in lines}


def test_a_site_lets_nothing_out_unless_it_says_so(site, other_site):
    corrected(site, "The lamp broke", "negative")
    corrected(other_site, "The oak is fine", "neutral")
    assert list(corrections()) == []

    allow(site)
    allow(other_site, allowed=False)

    assert list(corrections()) == [("The lamp broke", "negative", "en")]


def test_what_nobody_corrected_and_what_is_unsure_does_not_count(site):
    allow(site)
    corrected(site, "Hm", "unsure")
    corrected(site, "Well", "")

    assert list(corrections()) == []


def test_texts_pass_the_door_of_privacy(site, labels, tmp_path):
    allow(site)
    corrected(site, "The lamp\u0007 broke\U000e0041", "negative")

    _found, texts = collected(tmp_path, labels)

    assert texts["The lamp broke"] == "negative"


def test_a_correction_counts_more_than_a_file(site, labels, tmp_path):
    allow(site)
    corrected(site, "good lamp number 7", "negative")

    found, texts = collected(tmp_path, labels)

    assert texts["good lamp number 7"] == "negative" and "Good lamp number 7" not in texts
    assert (found.from_corrections, found.from_files, found.contradictions) == (1, 119, 1)
    assert [path.name for path in found.files] == ["corrections.jsonl", f"file-{labels.pk}.jsonl"]


def test_a_run_without_corrections_has_none(site, labels, tmp_path):
    allow(site)
    corrected(site, "The lamp broke", "negative")

    found, texts = collected(tmp_path, labels, uses_corrections=False)

    assert "The lamp broke" not in texts and found.from_corrections == 0


def test_a_draft_is_not_learned_from(site, tmp_path):
    draft = labelled_file({f"Good {number}": "positive" for number in range(60)})
    type(draft).objects.update(state="draft")

    with pytest.raises(TooFewTexts):
        collected(tmp_path, draft)


def test_an_owner_gives_consent_and_it_is_recorded(site, owner, other_site):
    browser = Client()
    browser.force_login(owner)
    page = "/admin/analytics/labellingsettings/add/"

    refused = browser.post(page, {"site": other_site.pk, "trains_sentiment": "on"})
    given = browser.post(page, {"site": site.pk, "trains_sentiment": "on"})

    assert (refused.status_code, given.status_code) == (200, 302)
    assert LabellingSettings.objects.get().site == site
    entry = AuditEntry.objects.get(kind="sentiment.consent_changed")
    assert (entry.data["allowed"], entry.site_id, entry.actor_id) == ("yes", site.pk, owner.pk)


def test_consent_is_taken_back(site, owner):
    allow(site)
    corrected(site, "The lamp broke", "negative")
    browser = Client()
    browser.force_login(owner)

    browser.post(f"/admin/analytics/labellingsettings/{LabellingSettings.objects.get().pk}/change/", {})

    assert list(corrections()) == []
    assert AuditEntry.objects.get(kind="sentiment.consent_changed").data["allowed"] == "no"


@pytest.mark.parametrize("role", ["editor", "operator", "viewer", "stranger"])
def test_nobody_else_decides_for_the_site(role, site, request):
    allow(site, allowed=False)
    browser = Client()
    browser.force_login(request.getfixturevalue(role))
    page = f"/admin/analytics/labellingsettings/{LabellingSettings.objects.get().pk}/change/"

    browser.post(page, {"trains_sentiment": "on"})

    assert not LabellingSettings.objects.get().trains_sentiment
