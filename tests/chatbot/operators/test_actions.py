"""What operators do to a conversation by its forms, and what they may not."""

import json

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry
from chatbot.conversations.models import Conversation, Message, Note
from chatbot.operators.actions import ACTIONS
from chatbot.operators.models import Label
from tests.chatbot.operators.talks import talk

pytestmark = pytest.mark.django_db

SCRIPT = {"Accept": "application/json"}


@pytest.fixture
def conversation(site) -> Conversation:
    return talk(site, "Where is my blue lamp?", "In the post.")


@pytest.fixture
def desk(client: Client, operator, conversation):
    """The operator's browser: `desk(action, **fields)` sends a form as a script does."""
    client.force_login(operator)

    def send(action: str, **fields):
        address = f"/admin/inbox/{conversation.public_id}/{action}/"
        response = client.post(address, fields, headers=SCRIPT)
        conversation.refresh_from_db()
        return response

    return send


def test_an_operator_takes_over_answers_and_hands_back(desk, conversation, operator):
    assert desk("take-over").status_code == 200
    assert (conversation.turn, conversation.assignee) == ("operator", operator)

    assert desk("reply", text="On Monday.", client_id="one").status_code == 200
    assert desk("reply", text="On Monday.", client_id="one").status_code == 200
    assert conversation.messages.filter(author="operator").get().text == "On Monday."

    assert desk("hand-back", note="Paid by card").status_code == 200
    assert (conversation.turn, conversation.assignee) == ("assistant", None)
    assert Note.objects.get().for_assistant


def test_nobody_answers_without_having_taken_over(desk, conversation):
    response = desk("reply", text="On Monday.")

    assert response.status_code == 409
    assert "take" in response.json()["detail"].lower()
    assert not conversation.messages.filter(author="operator").exists()


def test_a_colleague_is_replaced_only_on_purpose(desk, conversation, owner, operator):
    Conversation.objects.filter(pk=conversation.pk).update(turn="operator", assignee=owner)

    assert desk("take-over").status_code == 409
    assert conversation.assignee == owner
    assert desk("take-over", instead_of=owner.pk).status_code == 200
    assert conversation.assignee == operator


def test_a_form_without_scripts_comes_back_with_what_was_written(client, operator, conversation):
    client.force_login(operator)
    address = f"/admin/inbox/{conversation.public_id}/"

    refused = client.post(f"{address}reply/", {"text": "My long answer"})
    accepted = client.post(f"{address}note/", {"text": "Paid by card"})

    assert refused.status_code == 409
    assert "My long answer" in refused.content.decode()
    assert accepted.headers["Location"] == address
    assert "Paid by card" in client.get(address).content.decode()


def test_a_note_never_reaches_the_visitor(desk, conversation):
    desk("note", text="Difficult customer")

    payloads = json.dumps([event.payload for event in conversation.events.all()])
    assert Note.objects.get().text == "Difficult customer"
    assert "Difficult" not in payloads


def test_labels_priority_and_rest(desk, conversation, site, other_site):
    own = Label.objects.create(site=site, name="refund")
    foreign = Label.objects.create(site=other_site, name="refund")

    assert desk("labels", labels=[own.pk]).status_code == 200
    assert desk("labels", labels=[foreign.pk]).status_code == 400
    assert list(conversation.labels.all()) == [own]
    assert desk("priority", priority="4").status_code == 200
    assert desk("priority", priority="9").status_code == 400
    assert conversation.priority == 4
    assert desk("snooze", hours="4").status_code == 200
    assert conversation.snoozed_until > timezone.now()
    assert desk("snooze").status_code == 200
    assert conversation.snoozed_until is None


def test_a_conversation_is_assigned_to_those_who_answer_on_its_site(
    desk, conversation, owner, viewer, stranger
):
    assert desk("assign", operator=owner.pk).status_code == 200
    assert conversation.assignee == owner
    assert desk("assign", operator=viewer.pk).status_code == 400
    assert desk("assign", operator=stranger.pk).status_code == 400
    assert conversation.assignee == owner
    assert desk("assign", operator="").status_code == 200
    assert conversation.assignee is None


def test_closing_opening_and_merging(desk, conversation, site):
    assert desk("close").status_code == 200
    assert conversation.status == "closed"
    assert desk("reopen").status_code == 200
    assert conversation.status == "open"

    elsewhere = talk(site, "Somebody else")
    newer = talk(site, "Still me", visitor=conversation.visitor)
    assert desk("merge", into=elsewhere.public_id).status_code == 400
    assert desk("merge", into=newer.public_id).status_code == 200
    assert (conversation.status, conversation.merged_into) == ("closed", newer)


def test_assigning_closing_and_opening_again_are_recorded(desk, conversation, operator, owner):
    for action, form in (("assign", {"operator": owner.pk}), ("close", {}), ("reopen", {})):
        assert desk(action, **form).status_code == 200

    entries = AuditEntry.objects.filter(about_id=conversation.public_id).order_by("number")
    assert [(entry.kind.partition(".")[2], entry.actor) for entry in entries] == [
        *(("assigned", operator), ("closed", operator), ("reopened", operator)),
    ]


def test_blocking_a_visitor_is_recorded(desk, conversation, operator):
    assert desk("block").status_code == 200
    conversation.visitor.refresh_from_db()
    assert conversation.visitor.blocked_at is not None
    assert desk("unblock").status_code == 200

    entries = AuditEntry.objects.filter(kind__startswith="visitor.").order_by("number")
    assert [(entry.kind, entry.actor) for entry in entries] == [
        ("visitor.blocked", operator),
        ("visitor.unblocked", operator),
    ]


@pytest.mark.parametrize("action", sorted(ACTIONS))
@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("editor", 404), ("stranger", 404)])
def test_others_do_nothing_to_a_conversation(client, request, conversation, role, status, action):
    client.force_login(request.getfixturevalue(role))
    before = Conversation.objects.values().get(pk=conversation.pk)

    response = client.post(
        f"/admin/inbox/{conversation.public_id}/{action}/", {"text": "x", "priority": "4"}, headers=SCRIPT
    )

    assert response.status_code == status
    assert Conversation.objects.values().get(pk=conversation.pk) == before
    assert not Message.objects.filter(author="operator").exists()
    assert not Note.objects.exists()


def test_an_unknown_action_does_not_exist(desk):
    assert desk("explode").status_code == 404


def test_a_transcript_is_mailed_where_mail_is_set_up(desk, conversation, settings, mailoutbox):
    assert desk("mail", address="ann@example.com").status_code == 403
    settings.EMAIL_URL = "smtp://mail.example"
    assert desk("mail", address="no address").status_code == 400
    assert desk("mail", address="ann@example.com").status_code == 200

    (mail,) = mailoutbox
    assert mail.to == ["ann@example.com"]
    assert "In the post." in mail.body
    assert AuditEntry.objects.filter(kind="conversation.exported").count() == 1
