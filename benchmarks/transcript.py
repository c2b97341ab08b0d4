"""A conversation as docs/protocol.md tells a client to keep it, for clients without a page."""

from dataclasses import dataclass, field
from typing import Any

Frame = dict[str, Any]

UNFINISHED = ("pending", "streaming")


@dataclass
class Transcript:
    """What a client has of one conversation; `stale` once it must ask the server for what is missing."""

    conversation: str | None = None
    seq: int = 0
    messages: dict[str, Frame] = field(default_factory=dict)
    closed: bool = False
    stale: bool = False

    def apply(self, frame: Frame) -> None:
        """Take a frame of the server; one that does not fit changes nothing and makes this stale."""
        match frame["type"]:
            case "welcome":
                self._welcome(frame)
            case "event":
                self._event(frame)
            case "delta":
                self._delta(frame)
            case "pong":
                self.stale = self.stale or frame["seq"] > self.seq

    @property
    def unfinished(self) -> list[Frame]:
        """The answers that are waited for or being written, oldest first."""
        return [message for message in self.messages.values() if message["status"] in UNFINISHED]

    def _welcome(self, frame: Frame) -> None:
        if self.conversation != frame["conversation"] or frame.get("reset"):
            self.conversation, self.seq, self.closed = frame["conversation"], 0, False
            self.messages.clear()
        self.stale = False
        for event in frame["events"]:
            self._event(event)
        for reply in frame["streaming"]:
            message = self.messages.get(reply["message"])
            if message is not None and message["status"] in UNFINISHED:
                message |= {"text": reply["text"], "status": "streaming"}

    def _event(self, frame: Frame) -> None:
        if frame["seq"] <= self.seq:
            return
        if frame["seq"] != self.seq + 1:
            self.stale = True
            return
        self.seq = frame["seq"]
        kind, data = frame["kind"], frame["data"]
        if kind == "message.created":
            self.messages.pop(data["replaces"], None)
            self.messages[data["id"]] = dict(data)
        elif kind.startswith("message.") and data["id"] in self.messages:
            self.messages[data["id"]] |= data
        elif kind == "conversation.closed":
            self.closed = True
        elif kind == "conversation.reopened":
            self.closed = False

    def _delta(self, frame: Frame) -> None:
        message = self.messages.get(frame["message"])
        if message is None:
            self.stale = True
        elif message["status"] in UNFINISHED:
            end = len(message["text"])
            if frame["offset"] == end:
                message |= {"text": message["text"] + frame["text"], "status": "streaming"}
            elif frame["offset"] + len(frame["text"]) > end:
                self.stale = True
