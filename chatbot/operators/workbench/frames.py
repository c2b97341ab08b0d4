"""The frames that a page of the workbench may send; docs/knowledge.md describes them."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, TypeAdapter

from chatbot.conversations.sockets.conversation_frames import Ack, Ping, Resync
from chatbot.conversations.sockets.frame_parsing import PublicId, parse_frame


class Write(BaseModel):
    """Lets an answer be written; `kind` says for which page, and that page what is `asked`."""

    type: Literal["write"]
    kind: Annotated[str, Field(pattern=r"^[a-z]{1,20}$")]
    ask: PublicId
    asked: dict[str, Any] = Field(default_factory=dict)


class Stop(BaseModel):
    type: Literal["stop"]


Frame = Write | Stop | Ack | Ping | Resync

_adapter: TypeAdapter[Frame] = TypeAdapter(Annotated[Frame, Field(discriminator="type")])


def parse(text: str | None) -> Frame:
    """Return the frame in `text`; raises FrameRefused."""
    return parse_frame(_adapter, text)
