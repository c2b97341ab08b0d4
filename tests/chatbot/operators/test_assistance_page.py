"""What the page of a conversation shows of the assistance, and to whom."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Site
from chatbot.conversations.models import Conversation
from chatbot.operators.models import Summary
from inference.models import LanguageModel, LanguageModelVersion
from tests.chatbot.operators.talks import say, talk

EVIL = "<script>alert(1)</script>"


@pytest.fixture
def conversation(site: Site) -> Conversation:
    return talk(site, "Where is my blue lamp?", "In the post.", language="zh-hans")


def page_of(conversation: Conversation, client: Client) -> str:
    return client.get(reverse("operators:conversation", args=[conversation.public_id])).text


def test_a_kept_summary_is_shown_as_generated_and_as_text(client: Client, conversation, operator):
    Summary.objects.keep(conversation, "en", conversation.last_seq, f"A lamp {EVIL}")
    client.force_login(operator)

    page = page_of(conversation, client)

    assert "A lamp &lt;script&gt;" in page and EVIL not in page
    assert "Summary, written by the assistant – it may be wrong" in page
    assert "<span data-old hidden>" in page


def test_a_summary_that_more_was_said_after_says_so(client: Client, conversation, operator):
    Summary.objects.keep(conversation, "en", conversation.last_seq, "A lamp")
    say(conversation, "visitor", "And the bulb?")
    client.force_login(operator)

    assert "<span data-old> · More was said since." in page_of(conversation, client)


def test_the_page_asks_for_a_summary_by_itself_while_the_visitor_waits(
    client: Client, conversation, operator
):
    client.force_login(operator)

    assert 'data-at-once="no"' in page_of(conversation, client)
    Conversation.objects.update(turn="waiting")
    assert 'data-at-once="yes"' in page_of(conversation, client)
    Summary.objects.keep(conversation, "en", conversation.last_seq, "A lamp")
    assert 'data-at-once="no"' in page_of(conversation, client)


def test_what_cannot_be_translated_is_shown_disabled_with_the_reason(client: Client, conversation, operator):
    client.force_login(operator)

    page = page_of(conversation, client)

    assert 'data-assist="translate_draft" disabled aria-describedby="inbox-obstacle"' in page
    assert "The active language model is not known to write: English, Simplified Chinese." in page


def test_what_can_be_translated_is_offered(client: Client, conversation, operator):
    model = LanguageModel.objects.create(
        name="tiny", languages=["en", "zh"], parameters=1, context_length=4096
    )
    LanguageModelVersion.objects.register(
        model, path="tiny", sha256="0" * 64, size=1, dtype="float32", source="test"
    ).activate()
    client.force_login(operator)

    page = page_of(conversation, client)

    assert 'data-assist="translate_draft">Translate draft: Simplified Chinese' in page
    assert "inbox-obstacle" not in page


def test_who_may_only_read_is_offered_nothing(client: Client, conversation, viewer):
    Summary.objects.keep(conversation, "en", conversation.last_seq, "A lamp")
    client.force_login(viewer)

    page = page_of(conversation, client)

    assert "inbox-assistance" not in page and "A lamp" not in page
