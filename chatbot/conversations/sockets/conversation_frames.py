"""The frames that every client of a conversation may send, a visitor's and an operator's."""

from typing import Literal

from pydantic import BaseModel

from chatbot.conversations.sockets.frame_parsing import Count


class Ack(BaseModel):
    type: Literal["ack"]
    frames: Count = 0


class Ping(BaseModel):
    type: Literal["ping"]


class Resync(BaseModel):
    type: Literal["resync"]
    after: Count = 0
