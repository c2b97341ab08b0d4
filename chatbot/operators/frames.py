"""The frames that an operator's page may send; docs/operators.md describes them."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, TypeAdapter

from chatbot.conversations.sockets.conversation_frames import Ack, Ping, Resync
from chatbot.conversations.sockets.frame_parsing import Count, PublicId, parse_frame


class Watch(BaseModel):
    type: Literal["watch"]
    conversation: PublicId
    after: Count = 0


class Unwatch(BaseModel):
    type: Literal["unwatch"]


class Typing(BaseModel):
    type: Literal["typing"]
    active: bool = True


class Seen(BaseModel):
    type: Literal["seen"]
    seq: Count


Frame = Watch | Unwatch | Typing | Seen | Ack | Ping | Resync

_adapter: TypeAdapter[Frame] = TypeAdapter(Annotated[Frame, Field(discriminator="type")])


def parse(text: str | None) -> Frame:
    """Return the frame in `text`; raises FrameRefused."""
    return parse_frame(_adapter, text)
