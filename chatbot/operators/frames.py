"""The frames that an operator's page may send; docs/operators.md describes them."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, TypeAdapter

from chatbot.conversations.sockets.conversation_frames import Ack, Ping, Resync
from chatbot.conversations.sockets.frame_parsing import Count, PublicId, parse_frame
from chatbot.operators.assistance.kinds import Kind

# As much as a message may be set to hold.
MOST_DRAFT_CHARACTERS = 16_000


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


class Assist(BaseModel):
    type: Literal["assist"]
    kind: Kind
    ask: PublicId
    draft: str = Field(default="", max_length=MOST_DRAFT_CHARACTERS)


class Unassist(BaseModel):
    type: Literal["unassist"]


Frame = Watch | Unwatch | Typing | Seen | Ack | Ping | Resync | Assist | Unassist

_adapter: TypeAdapter[Frame] = TypeAdapter(Annotated[Frame, Field(discriminator="type")])


def parse(text: str | None) -> Frame:
    """Return the frame in `text`; raises FrameRefused."""
    return parse_frame(_adapter, text)
