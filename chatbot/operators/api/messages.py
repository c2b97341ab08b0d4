"""What was said in a conversation of the key's site."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from accounts.models import ApiKey
from chatbot.conversations.models import Message
from chatbot.operators.api.conversations import conversation_of
from chatbot.operators.api.fields import PROBLEMS, Limit, PublicId
from chatbot.operators.api.keys import KeyBearer

router = Router(tags=["messages"])
reads = KeyBearer(ApiKey.Scope.READ_CONVERSATIONS)


class MessageOut(Schema):
    id: str
    author: Message.Author
    text: str
    status: Message.Status
    client_id: str | None
    answers: str | None
    replaces: str | None
    sources: list[Any]
    feedback: Message.Feedback | None
    error: str | None
    created_at: datetime


class MessagePage(Schema):
    items: list[MessageOut]
    next: str | None


@router.get("/conversations/{conversation}/messages", response={200: MessagePage, **PROBLEMS}, auth=reads)
def list_messages(
    request: HttpRequest, conversation: PublicId, cursor: PublicId | None = None, limit: Limit = 50
) -> dict[str, Any]:
    """List the conversation's messages, oldest first."""
    messages = conversation_of(request, conversation).messages.select_related("answers", "replaces")
    if cursor is not None:
        messages = messages.filter(pk__gt=messages.filter(public_id=cursor).values("pk"))
    page = [message.data() for message in messages.order_by("pk")[: limit + 1]]
    return {"items": page[:limit], "next": page[limit - 1]["id"] if len(page) > limit else None}
