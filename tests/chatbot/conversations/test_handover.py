"""A person is asked for, takes over, answers, and hands back; the assistant keeps still meanwhile."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEntry, Membership, Site, User
from chatbot.conversations import blocking, closing, handover, leases, posting, presence
from chatbot.conversations.models import Conversation, Message
from chatbot.conversations.refusals import NotYourTurn, Refused
from chatbot.conversations.replies import _begin, _finish, keep_text
from tests.chatbot.conversations.talks import answer, begun, kinds, say, waiting_replies

pytestmark = pytest.mark.django_db(transaction=True)

Reason = Conversation.Reason
Turn = Conversation.Turn


@pytest.fixture
def conversation(site: Site) -> Conversation:
    return begun(site)


@pytest.fixture
def colleague(site: Site) -> User:
    user = User.objects.create_user("colleague", password="correct horse battery", first_name="Bo")
    Membership.objects.create(user=user, site=site, role=Membership.Role.OPERATOR)
    return user


def test_while_a_visitor_waits_for_a_person_the_assistant_is_not_asked(conversation: Conversation) -> None:
    answer(conversation)
    handover.request_person(conversation, Reason.VISITOR)
    say(conversation)
    conversation.refresh_from_db()

    assert conversation.turn == Turn.WAITING and conversation.waiting_since is not None
    assert waiting_replies(conversation) == 0 and leases.claim(1) == []
    assert conversation.unread == 2


def test_asking_twice_is_one_request(conversation: Conversation) -> None:
    handover.request_person(conversation, Reason.VISITOR)
    handover.request_person(conversation, Reason.WORDS)

    assert kinds(conversation).count("handoff.requested") == 1
    conversation.refresh_from_db()
    assert conversation.handoff_reason == Reason.VISITOR


def test_a_take_over_stops_the_answer_that_is_being_written(
    conversation: Conversation, operator: User
) -> None:
    (lease,) = leases.claim(1)
    draft = _begin(lease)
    assert draft is not None
    draft.text = "Half an"
    keep_text(lease, draft)
    handover.take_over(conversation, operator)
    draft.text = "Half an answer, and the rest."
    must_stop = keep_text(lease, draft)
    _finish(lease, draft, Message.Status.COMPLETED, "")
    reply = Message.objects.get(pk=draft.pk)

    assert must_stop
    assert (reply.status, reply.text) == (Message.Status.STOPPED, "Half an")
    assert kinds(conversation)[-2:] == ["message.stopped", "operator.joined"]
    assert reply.trace.prompt_version_id is not None
    assert _begin(lease) is None


def test_the_one_who_took_over_answers_under_a_public_name(
    conversation: Conversation, operator: User
) -> None:
    operator.first_name = "Ada"
    operator.save()
    handover.take_over(conversation, operator)
    message = handover.reply(conversation, operator, " Hello, I am here. ", "r1")
    again = handover.reply(conversation, operator, "Hello, I am here.", "r1")
    data = conversation.events.last().payload

    assert again == message
    assert (data["author"], data["name"], data["text"]) == ("operator", "Ada", "Hello, I am here.")
    conversation.refresh_from_db()
    assert conversation.unread == 0 and conversation.waiting_since is None


def test_the_sign_in_name_is_never_shown(conversation: Conversation, operator: User) -> None:
    User.objects.filter(pk=operator.pk).update(username="ada.lovelace")
    handover.take_over(conversation, operator)
    handover.reply(conversation, operator, "Hello", "r1")

    assert "ada" not in str(list(conversation.events.values_list("payload", flat=True)))


def test_nobody_answers_without_having_taken_over(
    conversation: Conversation, operator: User, colleague: User
) -> None:
    with pytest.raises(NotYourTurn):
        handover.reply(conversation, operator, "Hello", "r1")
    handover.take_over(conversation, operator)
    with pytest.raises(NotYourTurn):
        handover.reply(conversation, colleague, "Hello", "r2")
    with pytest.raises(NotYourTurn):
        handover.hand_back(conversation, colleague)


def test_what_a_colleague_holds_is_taken_only_from_the_one_who_is_named(
    conversation: Conversation, operator: User, colleague: User, owner: User
) -> None:
    handover.take_over(conversation, operator)
    with pytest.raises(NotYourTurn):
        handover.take_over(conversation, colleague)
    with pytest.raises(NotYourTurn):
        handover.take_over(conversation, colleague, instead_of=owner)
    handover.take_over(conversation, colleague, instead_of=operator)

    assert kinds(conversation)[-3:] == ["operator.joined", "operator.left", "operator.joined"]
    with pytest.raises(NotYourTurn):
        handover.reply(conversation, operator, "Hello", "r1")


def test_taking_over_twice_joins_once(conversation: Conversation, operator: User) -> None:
    handover.take_over(conversation, operator)
    handover.take_over(conversation, operator)

    assert kinds(conversation).count("operator.joined") == 1


def test_after_the_hand_back_the_assistant_answers_what_is_unanswered(
    conversation: Conversation, operator: User
) -> None:
    handover.take_over(conversation, operator)
    question = say(conversation, "Is it in stock?")
    handover.hand_back(conversation, operator, "It is in stock, 12 pieces.")
    (lease,) = leases.claim(1)
    draft = _begin(lease)

    assert draft is not None and Message.objects.get(pk=draft.pk).answers == question
    assert "A colleague noted: It is in stock, 12 pieces." in draft.question.prompt
    payloads = str(list(conversation.events.values_list("payload", flat=True)))
    assert "12 pieces" not in payloads
    conversation.refresh_from_db()
    assert (conversation.turn, conversation.assignee) == (Turn.ASSISTANT, None)


def test_what_the_operator_answered_is_not_answered_again(conversation: Conversation, operator: User) -> None:
    handover.take_over(conversation, operator)
    handover.reply(conversation, operator, "Hello", "r1")
    handover.hand_back(conversation, operator)

    assert waiting_replies(conversation) == 0


def test_an_answer_from_before_an_operator_spoke_cannot_be_written_again(
    conversation: Conversation, operator: User
) -> None:
    answer(conversation)
    old = conversation.messages.get(author="assistant")
    handover.take_over(conversation, operator)
    with pytest.raises(Refused, match="not_allowed"):
        posting.regenerate(conversation.visitor, conversation.public_id, old.public_id)
    handover.reply(conversation, operator, "Hello", "r1")
    handover.hand_back(conversation, operator)
    with pytest.raises(Refused, match="not_allowed"):
        posting.regenerate(conversation.visitor, conversation.public_id, old.public_id)


def test_a_visitor_who_no_longer_wants_a_person_is_answered_by_the_assistant(
    conversation: Conversation, operator: User
) -> None:
    handover.request_person(conversation, Reason.VISITOR)
    handover.withdraw_request(conversation)

    assert waiting_replies(conversation) == 1
    handover.take_over(conversation, operator)
    with pytest.raises(NotYourTurn):
        handover.withdraw_request(conversation)


def test_the_visitor_hears_whether_somebody_is_there(
    conversation: Conversation, site: Site, operator: User
) -> None:
    handover.request_person(conversation, Reason.VISITOR)
    absent = conversation.events.get(kind="handoff.requested").payload
    presence.beat(operator)
    other = begun(site)
    handover.request_person(other, Reason.VISITOR)
    there = other.events.get(kind="handoff.requested").payload

    assert (absent["online"], there["online"]) == (False, True)
    assert absent["reason"] == "visitor" and absent["opens_at"] is None


def test_a_closed_conversation_is_nobodys_turn(conversation: Conversation, operator: User) -> None:
    posting.end(conversation.visitor, conversation.public_id)
    for refused in (
        lambda: handover.take_over(conversation, operator),
        lambda: handover.reply(conversation, operator, "Hello", "r1"),
        lambda: handover.request_person(conversation, Reason.VISITOR),
        lambda: handover.assign(conversation, operator),
    ):
        with pytest.raises(Refused, match="closed"):
            refused()


def test_a_conversation_is_assigned_to_those_only_who_answer_on_its_site(
    conversation: Conversation, operator: User, viewer: User, stranger: User
) -> None:
    for nobody in (viewer, stranger):
        with pytest.raises(Refused, match="not_allowed"):
            handover.assign(conversation, nobody)
    handover.assign(conversation, operator)
    conversation.refresh_from_db()

    assert conversation.assignee == operator and conversation.turn == Turn.ASSISTANT


def test_assigning_what_a_colleague_answers_lets_the_visitor_wait_for_the_next(
    conversation: Conversation, operator: User, colleague: User
) -> None:
    handover.take_over(conversation, operator)
    handover.assign(conversation, colleague)
    conversation.refresh_from_db()

    assert (conversation.turn, conversation.assignee) == (Turn.WAITING, colleague)
    assert kinds(conversation)[-1] == "operator.left"


def test_a_message_wakes_a_snoozed_conversation(conversation: Conversation, operator: User) -> None:
    later = timezone.now() + timedelta(hours=1)
    closing.snooze(conversation, later)
    asleep = Conversation.objects.awake(timezone.now()).exists()
    by_itself = Conversation.objects.awake(later + timedelta(seconds=1)).exists()
    say(conversation)

    assert (asleep, by_itself) == (False, True)
    assert Conversation.objects.awake(timezone.now()).exists()


def test_the_record_says_who_took_over_handed_back_and_closed(
    conversation: Conversation, operator: User
) -> None:
    handover.take_over(conversation, operator)
    handover.hand_back(conversation, operator, "Nothing to add.")
    closing.close(conversation, by="operator", operator=operator)
    blocking.block(conversation.visitor, operator=operator)
    entries = AuditEntry.objects.order_by("number").values_list("kind", "actor_name", "site_name")

    assert [kind for kind, _name, _site in entries] == [
        "conversation.taken_over",
        "conversation.handed_back",
        "conversation.closed",
        "visitor.blocked",
    ]
    assert {(name, site) for _kind, name, site in entries} == {("operator", "Lumen Lamps")}


def test_conversations_of_one_visitor_become_one(site: Site, conversation: Conversation) -> None:
    visitor = conversation.visitor
    second = Conversation.objects.create(site=site, visitor=visitor)
    posting.send(visitor, second.public_id, "c", "I forgot something")
    closing.merge(second, into=conversation)
    second.refresh_from_db()
    conversation.refresh_from_db()

    assert second.merged_into == conversation and second.status == "closed"
    assert kinds(second)[-3:] == ["conversation.merged", "message.stopped", "conversation.closed"]
    assert conversation.unread == 2
    assert waiting_replies(second) == 0
    with pytest.raises(Refused, match="not_allowed"):
        closing.reopen(second, by="operator")


def test_nothing_is_merged_with_somebody_elses(site: Site, conversation: Conversation) -> None:
    other = begun(site)
    for into in (other, conversation):
        with pytest.raises(Refused, match="not_allowed"):
            closing.merge(conversation, into=into)
