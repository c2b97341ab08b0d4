"""The frames that a visitor's client may send; docs/protocol.md describes them for outsiders."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, TypeAdapter

from chatbot.conversations.sockets import conversation_frames
from chatbot.conversations.sockets.conversation_frames import Ping, Resync
from chatbot.conversations.sockets.frame_parsing import Count, PublicId, parse_frame


class Hello(BaseModel):
    type: Literal["hello"]
    ticket: str = Field(min_length=1, max_length=200)
    conversation: PublicId | None = None
    after: Count = 0
    language: str = Field(default="", max_length=20)


class Send(BaseModel):
    type: Literal["send"]
    client_id: PublicId
    text: str


class Stop(BaseModel):
    type: Literal["stop"]
    message: PublicId | None = None


class Regenerate(BaseModel):
    type: Literal["regenerate"]
    message: PublicId


class Feedback(BaseModel):
    type: Literal["feedback"]
    message: PublicId
    value: Literal["up", "down"] | None


class Typing(BaseModel):
    type: Literal["typing"]


class Handoff(BaseModel):
    type: Literal["handoff"]
    wanted: bool = True


class Contact(BaseModel):
    type: Literal["contact"]
    address: str = Field(min_length=1, max_length=254)


class Rating(BaseModel):
    type: Literal["rating"]
    score: int = Field(ge=1, le=5)
    comment: str = Field(default="", max_length=2000)


class Seen(BaseModel):
    type: Literal["seen"]
    seq: Count


class Page(BaseModel):
    type: Literal["page"]
    url: str = Field(min_length=1, max_length=2048)
    title: str = Field(default="", max_length=1000)


class End(BaseModel):
    type: Literal["end"]


class Ack(conversation_frames.Ack):
    seq: Count = 0


Frame = (
    Hello
    | Send
    | Stop
    | Regenerate
    | Feedback
    | Typing
    | Handoff
    | Contact
    | Rating
    | Seen
    | Page
    | End
    | Ack
    | Ping
    | Resync
)

_adapter: TypeAdapter[Frame] = TypeAdapter(Annotated[Frame, Field(discriminator="type")])


def parse(text: str | None) -> Frame:
    """Return the frame in `text`; unknown fields are ignored, so that the protocol can grow.

    Raises FrameRefused: binary, too_big, invalid_json, unknown_type, or invalid with the fields' names.
    """
    return parse_frame(_adapter, text)
