"""How a program answers a visitor, in the name of the person who made its key."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditEntry, Membership, Site, User
from chatbot.conversations import handover
from chatbot.conversations.models import Conversation
from tests.chatbot.operators.conftest import make_key, program, talk

pytestmark = pytest.mark.django_db


@pytest.fixture
def conversation(site: Site) -> Conversation:
    return talk(site, "Is anybody there?")


@pytest.fixture
def desk(site: Site, operator: User) -> Client:
    return program(make_key(site, made_by=operator)[1])


def call(client: Client, conversation: Conversation, action: str, **body: Any) -> tuple[int, Any]:
    path = f"/api/v1/conversations/{conversation.public_id}/{action}"
    answer = client.post(path, body, content_type="application/json")
    return answer.status_code, answer.json()


def test_a_program_takes_over_answers_hands_back_and_closes(
    desk: Client, conversation: Conversation, operator: User
) -> None:
    assert call(desk, conversation, "take-over")[1]["turn"] == "operator"
    status, message = call(desk, conversation, "messages", text="I am.", client_id="1")
    assert (status, message["author"], message["text"]) == (200, "operator", "I am.")
    assert call(desk, conversation, "messages", text="I am.", client_id="1")[1]["id"] == message["id"]
    assert call(desk, conversation, "hand-back")[1]["turn"] == "assistant"
    assert call(desk, conversation, "close")[1]["status"] == "closed"

    assert conversation.messages.filter(author="operator").get().operator == operator


def test_what_is_not_possible_now_is_a_conflict(
    desk: Client, conversation: Conversation, owner: User
) -> None:
    def code(action: str, **body: Any) -> tuple[int, str]:
        status, answer = call(desk, conversation, action, **body)
        return status, answer["code"]

    assert code("messages", text="Hi", client_id="1") == (409, "not_your_turn")
    handover.take_over(conversation, owner)
    assert code("take-over") == (409, "not_your_turn")
    assert code("hand-back") == (409, "not_your_turn")
    call(desk, conversation, "close")
    assert code("take-over") == (409, "closed")


@pytest.mark.parametrize("body", [{}, {"text": " ", "client_id": "1"}, {"text": "Hi", "client_id": "a b"}])
def test_a_wrong_message_is_explained(desk: Client, conversation: Conversation, body: Any) -> None:
    status, answer = call(desk, conversation, "messages", **body)

    assert status == 422 and answer["errors"]


def test_a_message_that_is_too_long_is_refused(desk: Client, conversation: Conversation) -> None:
    call(desk, conversation, "take-over")

    assert call(desk, conversation, "messages", text="x" * 4001, client_id="1")[1]["code"] == "too_long"


def test_nobody_answers_for_a_person_who_may_not_any_more(
    desk: Client, conversation: Conversation, operator: User, crm: Client
) -> None:
    Membership.objects.filter(user=operator).update(role="viewer")

    for client in (desk, crm):
        assert call(client, conversation, "take-over")[1]["code"] == "nobody_answers"


def test_reading_is_not_writing(site: Site, operator: User, conversation: Conversation) -> None:
    reader = program(make_key(site, "conversations:read", made_by=operator)[1])

    for action in ("take-over", "hand-back", "close", "messages"):
        assert call(reader, conversation, action)[0] == 403


def test_what_a_program_erases_and_publishes_is_on_the_record(
    crm: Client, conversation: Conversation
) -> None:
    crm.post("/api/v1/prompts", {"text": "Be kind."}, content_type="application/json")
    crm.post("/api/v1/prompts", {"text": "Be kind."}, content_type="application/json")
    crm.delete(f"/api/v1/visitors/{conversation.visitor.public_id}")

    published, erased = AuditEntry.objects.order_by("number")
    assert (published.kind, erased.kind) == ("api.prompt_published", "api.visitor_erased")
    assert erased.about_id == conversation.visitor.public_id
    assert erased.data["key"].startswith("CRM (pk_") and erased.actor is None


def test_what_a_program_closes_is_on_the_record_once(crm: Client, conversation: Conversation) -> None:
    for _time in range(2):
        assert call(crm, conversation, "close")[0] == 200

    entry = AuditEntry.objects.get()
    assert (entry.kind, entry.about_id) == ("api.conversation_closed", conversation.public_id)


def test_what_a_program_reads_is_recorded_once_an_hour(
    site: Site, crm: Client, conversation: Conversation
) -> None:
    other = program(make_key(site)[1])
    for client in (crm, crm, other):
        for what in ("messages", "events"):
            client.get(f"/api/v1/conversations/{conversation.public_id}/{what}")

    entries = AuditEntry.objects.order_by("number")
    assert [entry.kind for entry in entries] == ["api.conversation_read"] * 2
    assert {entry.about_id for entry in entries} == {conversation.public_id}
