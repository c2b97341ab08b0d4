"""What was said in a conversation of the key's site."""

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field, WithJsonSchema

from accounts.models import ApiKey
from chatbot.api_keys import KeyBearer, key_of
from chatbot.api_problems import PROBLEMS
from chatbot.conversations import handover
from chatbot.conversations.models import Message, MessageSentiment
from chatbot.operators.api.conversations import answerable_conversation, conversation_of
from chatbot.operators.api.fields import Limit, PublicId, Text
from chatbot.operators.program_reading import record_reading_by

router = Router(tags=["messages"])
reads = KeyBearer(ApiKey.Scope.READ_CONVERSATIONS)
writes = KeyBearer(ApiKey.Scope.WRITE_CONVERSATIONS)


# Written out: in the description another `Status`, that of conversations, would stand in its place.
Status = Annotated[Message.Status, WithJsonSchema({"type": "string", "enum": Message.Status.values})]


class SourceOut(Schema):
    number: int
    title: str
    url: Annotated[str, Field(description="an https address, or empty")]
    related: Annotated[bool, Field(description="not used in the answer; it may help as well")] = False


# Written out, since it has a name of its own in the description otherwise.
Label = Annotated[
    MessageSentiment.Label, WithJsonSchema({"type": "string", "enum": MessageSentiment.Label.values})
]


class SentimentOut(Schema):
    label: Annotated[
        Label, Field(description="what counts: a person's correction, or the classifier's label")
    ]
    is_corrected: bool
    negative: Annotated[float, Field(description="probability")]
    neutral: float
    positive: float
    language: Annotated[str, Field(description="ISO 639-1, or empty")]
    less_certain: Annotated[bool, Field(description="the head was not trained in this language")]
    head: Annotated[str, Field(description="the version that judged, such as sentiment@1")]


class MessageOut(Schema):
    id: str
    author: Message.Author
    name: str | None
    text: str
    status: Status
    client_id: str | None
    answers: str | None
    replaces: str | None
    sources: list[SourceOut]
    offers_person: bool
    feedback: Message.Feedback | None
    error: str | None
    created_at: datetime
    sentiment: Annotated[
        SentimentOut | None, Field(description="of visitors' messages, once they are scored")
    ] = None


class NewMessage(Schema):
    text: Annotated[Text, Field(max_length=16_000)]
    client_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$", description="yours, once a message")]


class MessagePage(Schema):
    items: list[MessageOut]
    next: str | None


@router.get("/conversations/{conversation}/messages", response={200: MessagePage, **PROBLEMS}, auth=reads)
def list_messages(
    request: HttpRequest, conversation: PublicId, cursor: PublicId | None = None, limit: Limit = 50
) -> dict[str, Any]:
    """List the conversation's messages, oldest first."""
    found = conversation_of(request, conversation)
    record_reading_by(key_of(request), found)
    messages = found.messages.select_related("answers", "replaces", "sentiment")
    if cursor is not None:
        messages = messages.filter(pk__gt=messages.filter(public_id=cursor).values("pk"))
    page = [_with_sentiment(message) for message in messages.order_by("pk")[: limit + 1]]
    return {"items": page[:limit], "next": page[limit - 1]["id"] if len(page) > limit else None}


@router.post("/conversations/{conversation}/messages", response={200: MessageOut, **PROBLEMS}, auth=writes)
def send_message(request: HttpRequest, conversation: PublicId, body: NewMessage) -> dict[str, Any]:
    """Say something to the visitor in the name of the person who made the key, once per `client_id`.

    Take the conversation over first.
    """
    found, person = answerable_conversation(request, conversation)
    return handover.reply(found, person, body.text, body.client_id).data()


def _with_sentiment(message: Message) -> dict[str, Any]:
    """Return the message as the protocol shows it, and how it feels, which visitors are not shown."""
    sentiment = getattr(message, "sentiment", None)
    if sentiment is None:
        return message.data()
    felt = SentimentOut(
        label=sentiment.counted_label,
        is_corrected=bool(sentiment.corrected_label),
        negative=sentiment.negative,
        neutral=sentiment.neutral,
        positive=sentiment.positive,
        language=sentiment.language,
        less_certain=sentiment.less_certain,
        head=sentiment.head,
    )
    return {**message.data(), "sentiment": felt}
