"""A conversation of the canary's stays with it from the first reply on, until the canary is taken back."""

import pytest

from accounts.models import Site
from chatbot.conversations import leases
from chatbot.conversations.models import Conversation
from chatbot.conversations.replies import _begin
from inference.models import LanguageModelVersion
from tests.chatbot.conversations.talks import answer, begun, say

pytestmark = pytest.mark.django_db(transaction=True)


def asked_model(conversation: Conversation) -> str:
    """The model that the reply which waits will ask for."""
    (lease,) = leases.claim(1)
    draft = _begin(lease)
    lease.release()
    assert draft is not None and draft.conversation_id == conversation.public_id
    return draft.question.model


def first_version(conversation: Conversation) -> LanguageModelVersion | None:
    conversation.refresh_from_db()
    return conversation.first_version


def test_new_conversations_are_shared_out_and_stay_where_they_are(
    site: Site, active: LanguageModelVersion, candidate: LanguageModelVersion
) -> None:
    candidate.start_canary(99)
    conversation = begun(site)
    while not candidate.tries(conversation.public_id, conversation.created_at):
        answer(conversation)
        conversation = begun(site)
    assert asked_model(conversation) == "tiny@2"
    assert first_version(conversation) == candidate
    answer(conversation)
    # A share that would not have it any more changes nothing.
    LanguageModelVersion.objects.filter(pk=candidate.pk).update(canary_percent=1)
    say(conversation)
    assert asked_model(conversation) == "tiny@2"


def test_a_conversation_that_began_before_is_none_of_it(
    site: Site, active: LanguageModelVersion, candidate: LanguageModelVersion
) -> None:
    conversation = begun(site)
    candidate.start_canary(99)
    assert asked_model(conversation) == ""
    assert first_version(conversation) == active


def test_after_a_roll_back_it_goes_on_with_the_active_version_for_good(
    site: Site, active: LanguageModelVersion, candidate: LanguageModelVersion
) -> None:
    candidate.start_canary(99)
    conversation = begun(site)
    Conversation.objects.filter(pk=conversation.pk).update(first_version=candidate)
    assert asked_model(conversation) == "tiny@2"
    answer(conversation)

    candidate.stop_canary("worse")
    say(conversation)
    assert asked_model(conversation) == ""
    answer(conversation)

    candidate.start_canary(99)
    say(conversation, client_id="third")
    assert asked_model(conversation) == ""
    assert first_version(conversation) == candidate


def test_a_canary_that_becomes_active_is_asked_for_as_the_active_one(
    site: Site, active: LanguageModelVersion, candidate: LanguageModelVersion
) -> None:
    candidate.start_canary(99)
    conversation = begun(site)
    Conversation.objects.filter(pk=conversation.pk).update(first_version=candidate)
    candidate.activate()
    assert asked_model(conversation) == ""


def test_without_any_version_a_remote_server_answers_with_its_own(site: Site) -> None:
    conversation = begun(site)
    assert asked_model(conversation) == ""
    assert first_version(conversation) is None
