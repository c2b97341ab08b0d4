"""Brings one socket up to date: durable events by number, growing replies by offset.

Hints only set marks here. The loop in `run` reads the truth, so that a hint which comes twice or late
changes nothing, and at most 20 frames a second go out for each reply.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from django import db
from redis.exceptions import RedisError

from chatbot.conversations import events
from chatbot.conversations.posting import Snapshot
from chatbot.conversations.sockets.frame_size import MAX_FRAME_BYTES
from chatbot.conversations.streams import Streams
from chatbot.database_calls import in_database

logger = logging.getLogger(__name__)

Frame = dict[str, Any]
SendFrame = Callable[[Frame], Awaitable[None]]

FRAME_SECONDS = 0.05
RETRY_SECONDS = 1.0
_FINISHED = ("message.completed", "message.stopped", "message.failed")
# What the rest of a welcome may take beside its events.
_WELCOME_ROOM = 16 * 1024


class Delivery:
    """What one client has of one conversation, and the sending of what it lacks."""

    def __init__(self, conversation_id: str, send: SendFrame, streams: Streams) -> None:
        self.conversation_id = conversation_id
        self.seq = 0
        # Whether the visitor's next message asks the assistant; may be a moment behind the truth.
        self.assistant_answers = True
        self._send = send
        self._streams = streams
        self._offsets: dict[str, int] = {}
        self._changed = False
        self._grown: set[str] = set()
        self._stirred = asyncio.Event()

    @property
    def awaits_reply(self) -> bool:
        """Whether the client sees a reply that is not finished."""
        return bool(self._offsets)

    def conversation_changed(self) -> None:
        """Mark that there may be new events."""
        self._changed = True
        self._stirred.set()

    def reply_grew(self, message_id: str) -> None:
        """Mark that a reply may have more text."""
        self._grown.add(message_id)
        self._stirred.set()

    def look_again(self) -> None:
        """Mark that hints of any kind may have been missed."""
        self._grown.update(self._offsets)
        self.conversation_changed()

    async def welcome(self, known: Snapshot) -> Frame:
        """Return the welcome: the events that fit, and the text so far of unfinished replies.

        What does not fit follows as event frames.
        """
        first: list[Frame] = []
        unfinished = dict(known.unfinished)
        self.assistant_answers = known.assistant_answers
        room = MAX_FRAME_BYTES - _WELCOME_ROOM
        for frame in known.frames:
            room -= len(json.dumps(frame, ensure_ascii=False).encode())
            if room < 0:
                break
            first.append(frame)
            # Events may be newer than the list of unfinished replies.
            data = frame["data"]
            if frame["kind"] == "message.created" and data["status"] == "pending":
                unfinished.setdefault(data["id"], "")
            elif frame["kind"] in _FINISHED:
                unfinished.pop(data["id"], None)
        self.seq = first[-1]["seq"] if first else known.after
        streaming = []
        for message_id, saved in unfinished.items():
            text = max(saved, await self._streamed(message_id), key=len)
            self._offsets[message_id] = len(text)
            streaming.append({"message": message_id, "text": text})
        if streaming or self.seq < known.last_seq:
            self.look_again()
        return {
            "type": "welcome",
            "conversation": self.conversation_id,
            "seq": max(known.last_seq, self.seq),
            "events": first,
            "streaming": streaming,
            **({"reset": True} if known.reset else {}),
        }

    async def run(self) -> None:
        """Send what is new whenever there is a mark, until cancelled; what cannot be read is tried again."""
        waiting = False
        while True:
            await self._stirred.wait()
            self._stirred.clear()
            try:
                await self.send_news()
                waiting = False
            except (db.Error, RedisError) as error:
                if not waiting:
                    logger.warning("conversation %s waits: %s", self.conversation_id, error)
                waiting = True
                self.look_again()
                await asyncio.sleep(RETRY_SECONDS)
            await asyncio.sleep(FRAME_SECONDS)

    async def send_news(self) -> None:
        """Send what there are marks for."""
        if self._changed:
            self._changed = False
            await self._send_events()
        grown, self._grown = self._grown, set()
        for message_id in grown:
            await self._send_growth(message_id)

    async def _streamed(self, message_id: str) -> str:
        try:
            return await self._streams.read(message_id)
        except RedisError:
            # The rest follows when it can be read.
            return ""

    async def _send_events(self) -> None:
        more = True
        while more:
            frames = await in_database(events.frames_after, self.conversation_id, self.seq)
            for frame in frames:
                await self._send_event(frame)
            more = len(frames) == events.PAGE

    async def _send_event(self, frame: Frame) -> None:
        data = frame["data"]
        if frame["kind"] == "message.created" and data["status"] == "pending":
            self._offsets.setdefault(data["id"], 0)
        elif frame["kind"] in _FINISHED and data["id"] in self._offsets:
            # The stream may be gone already; its end is the finished text's end.
            await self._send_delta(data["id"], data["text"][self._offsets[data["id"]] :])
            del self._offsets[data["id"]]
        if "turn" in data:
            self.assistant_answers = data["turn"] == "assistant"
        await self._send(frame)
        self.seq = frame["seq"]

    async def _send_growth(self, message_id: str) -> None:
        offset = self._offsets.get(message_id)
        if offset is not None:
            await self._send_delta(message_id, await self._streams.read(message_id, offset))

    async def _send_delta(self, message_id: str, text: str) -> None:
        if text:
            offset = self._offsets[message_id]
            await self._send({"type": "delta", "message": message_id, "offset": offset, "text": text})
            # Not before: cut short by a restart, the delta goes out again, and a client ignores what it has.
            self._offsets[message_id] = offset + len(text)
