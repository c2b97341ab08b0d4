"""Conversations of the key's site, and their numbered events."""

from datetime import datetime
from typing import Annotated, Any

from django.db import transaction
from django.http import Http404, HttpRequest
from ninja import Router, Schema
from pydantic import Field, WithJsonSchema

from accounts.audit import record
from accounts.models import ApiKey, User
from accounts.policy import Ability, may
from chatbot.api_keys import KeyBearer, key_of
from chatbot.api_problems import PROBLEMS, ApiProblem
from chatbot.conversations import closing, events, handover
from chatbot.conversations.models import Conversation
from chatbot.operators.api.fields import Cursor, Limit, Moment, PublicId, Seq
from chatbot.operators.api.pages import newest_first
from chatbot.operators.program_reading import record_reading_by

router = Router(tags=["conversations"])
reads = KeyBearer(ApiKey.Scope.READ_CONVERSATIONS)
writes = KeyBearer(ApiKey.Scope.WRITE_CONVERSATIONS)


# Written out: in the description another `Status`, that of messages, would stand in its place.
Status = Annotated[
    Conversation.Status, WithJsonSchema({"type": "string", "enum": Conversation.Status.values})
]


class ConversationOut(Schema):
    id: str
    visitor: str
    status: Status
    turn: Conversation.Turn
    priority: Conversation.Priority
    waiting_since: datetime | None
    closed_at: datetime | None
    contact: str
    language: str
    rating: int | None
    rating_comment: str
    sentiment: Annotated[
        float | None, Field(description="how the visitor feels of late, from -1 to 1; null while unknown")
    ]
    seq: int
    created_at: datetime
    updated_at: datetime

    @staticmethod
    def resolve_id(conversation: Conversation) -> str:
        return conversation.public_id

    @staticmethod
    def resolve_visitor(conversation: Conversation) -> str:
        return conversation.visitor.public_id

    @staticmethod
    def resolve_seq(conversation: Conversation) -> int:
        return conversation.last_seq


class ConversationPage(Schema):
    items: list[ConversationOut]
    next: str | None


class EventOut(Schema):
    seq: int
    kind: str
    data: dict[str, Any]


class EventPage(Schema):
    items: list[EventOut]
    seq: int


@router.get("/conversations", response={200: ConversationPage, **PROBLEMS}, auth=reads)
def list_conversations(
    request: HttpRequest,
    status: Status | None = None,
    turn: Conversation.Turn | None = None,
    updated_since: Moment | None = None,
    visitor: PublicId | None = None,
    cursor: Cursor | None = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """List the conversations in which something was said, the most recently active first."""
    conversations = Conversation.objects.filter(site=key_of(request).site_id).begun()
    if status is not None:
        conversations = conversations.filter(status=status)
    if turn is not None:
        conversations = conversations.filter(turn=turn)
    if updated_since is not None:
        conversations = conversations.filter(updated_at__gte=updated_since)
    if visitor is not None:
        conversations = conversations.filter(visitor__public_id=visitor)
    page, after = newest_first(conversations.select_related("visitor"), "updated_at", cursor, limit)
    return {"items": page, "next": after}


@router.get("/conversations/{conversation}", response={200: ConversationOut, **PROBLEMS}, auth=reads)
def get_conversation(request: HttpRequest, conversation: PublicId) -> Conversation:
    """Return one conversation; its messages and its events have addresses of their own."""
    return conversation_of(request, conversation)


@router.get("/conversations/{conversation}/events", response={200: EventPage, **PROBLEMS}, auth=reads)
def list_events(request: HttpRequest, conversation: PublicId, after: Seq = 0) -> dict[str, Any]:
    """List up to 200 events after the number `after`, oldest first.

    `seq` is the conversation's newest number: ask again with the last one that you have until it is this.
    """
    found = conversation_of(request, conversation)
    record_reading_by(key_of(request), found)
    return {"items": events.frames_after(found.public_id, after), "seq": found.last_seq}


@router.post(
    "/conversations/{conversation}/take-over", response={200: ConversationOut, **PROBLEMS}, auth=writes
)
def take_over_conversation(request: HttpRequest, conversation: PublicId) -> Conversation:
    """Let the person who made the key answer from now on; what the assistant is writing stops."""
    handover.take_over(*answerable_conversation(request, conversation))
    return conversation_of(request, conversation)


@router.post(
    "/conversations/{conversation}/hand-back", response={200: ConversationOut, **PROBLEMS}, auth=writes
)
def hand_back_conversation(request: HttpRequest, conversation: PublicId) -> Conversation:
    """Let the assistant answer again, beginning with what is unanswered."""
    handover.hand_back(*answerable_conversation(request, conversation))
    return conversation_of(request, conversation)


@router.post("/conversations/{conversation}/close", response={200: ConversationOut, **PROBLEMS}, auth=writes)
def close_conversation(request: HttpRequest, conversation: PublicId) -> Conversation:
    """End the conversation; ending it twice changes nothing."""
    key, found = key_of(request), conversation_of(request, conversation)
    with transaction.atomic():
        if closing.close(found, by="operator"):
            record("api.conversation_closed", by=None, site=key.site, about=found, key=str(key))
    return conversation_of(request, conversation)


def conversation_of(request: HttpRequest, public_id: str) -> Conversation:
    """Return the conversation with this id on the key's site; raises Http404 for any other."""
    own = Conversation.objects.filter(site=key_of(request).site_id).select_related("visitor")
    try:
        return own.get(public_id=public_id)
    except Conversation.DoesNotExist:
        raise Http404("There is no conversation with this id.") from None


def answerable_conversation(request: HttpRequest, public_id: str) -> tuple[Conversation, User]:
    """Return the conversation and the person in whose name the key answers.

    Raises Http404 for a conversation of another site, and ApiProblem with 409 when whoever made the key may
    answer nobody on this site any more.
    """
    conversation, key = conversation_of(request, public_id), key_of(request)
    if key.made_by is None or not may(key.made_by, Ability.ANSWER_VISITORS, key.site_id):
        raise ApiProblem(409, "nobody_answers", "The person who made this key may not answer visitors here.")
    return conversation, key.made_by
