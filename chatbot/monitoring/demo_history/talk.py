"""One invented conversation: what would have been stored, as rows that are not stored yet.

It does to rows in memory what `posting`, `handover`, `closing` and `replies` do to the database, with a clock
of its own. Numbers of events are without a gap, and the fields that the inbox shows follow the messages.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.text import Truncator

from chatbot.conversations.models import Conversation, ConversationEvent, Message, ReplyTrace
from chatbot.monitoring.demo_history.marking import new_marked_id

Turn = Conversation.Turn


class NotYet(Exception):
    """What was about to happen lies ahead of the present: the conversation is where it is."""


@dataclass
class Talk:
    """A conversation's rows; `now` is its clock, and nothing happens after `until`."""

    conversation: Conversation
    now: datetime
    until: datetime
    messages: list[Message] = field(default_factory=list)
    events: list[ConversationEvent] = field(default_factory=list)
    traces: list[ReplyTrace] = field(default_factory=list)

    def wait(self, seconds: float) -> None:
        """Let time pass. Raises NotYet."""
        then = self.now + timedelta(seconds=seconds)
        if then > self.until:
            raise NotYet
        self.now = then

    def ask(self, text: str) -> Message:
        """Let the visitor say something."""
        question = self._message(Message.Author.VISITOR, text)
        changes: dict[str, Any] = {"unread": self.conversation.unread + 1}
        if not self.conversation.assistant_answers and self.conversation.waiting_since is None:
            changes["waiting_since"] = self.now
        self._record("message.created", question.data(), **changes)
        return question

    def answer(
        self, question: Message, text: str, *, first_token_ms: int, total_ms: int, **trace: Any
    ) -> Message:
        """Let the assistant answer in `total_ms`; an error in `trace` ends it as failed. Raises NotYet."""
        finished = self.now + timedelta(milliseconds=total_ms)
        if finished > self.until:
            raise NotYet
        error = trace.pop("error", "")
        sources = trace.pop("sources", [])
        reply = self._message(Message.Author.ASSISTANT, "", answers=question, status=Message.Status.PENDING)
        self._record("message.created", reply.data())
        self.now = finished
        reply.text, reply.error, reply.sources = ("" if error else text), error, sources
        reply.status = Message.Status.FAILED if error else Message.Status.COMPLETED
        reply.offers_person = trace.get("kind") == ReplyTrace.Kind.UNKNOWN
        reply.finished_at = self.now
        self._record(f"message.{reply.status}", reply.data())
        self.traces.append(
            ReplyTrace(
                message=reply,
                query=question.text,
                first_token_ms=None if error else first_token_ms,
                total_ms=total_ms,
                **trace,
            )
        )
        return reply

    def rate_answer(self, reply: Message, feedback: Message.Feedback) -> None:
        """Let the visitor give an answer a thumb."""
        reply.feedback = feedback
        self._record("message.feedback", {"id": reply.public_id, "feedback": feedback.value})

    def want_person(self, reason: Conversation.Reason) -> None:
        """Let the conversation wait for a person."""
        data = {"turn": Turn.WAITING.value, "reason": reason.value, "online": True, "opens_at": None}
        self._record(
            "handoff.requested", data, turn=Turn.WAITING, waiting_since=self.now, handoff_reason=reason
        )

    def join(self, name: str) -> None:
        """Let an operator take over."""
        data = {"turn": Turn.OPERATOR.value, "name": name}
        since = self.conversation.waiting_since or self.now
        self._record("operator.joined", data, turn=Turn.OPERATOR, waiting_since=since)

    def reply(self, name: str, text: str) -> None:
        """Let the operator say something."""
        message = self._message(Message.Author.OPERATOR, text, name=name, finished_at=self.now)
        self._record("message.created", message.data(), unread=0, waiting_since=None)

    def hand_back(self, name: str) -> None:
        """Let the operator leave to the assistant."""
        data = {"turn": Turn.ASSISTANT.value, "name": name}
        self._record("operator.left", data, turn=Turn.ASSISTANT, waiting_since=None, handoff_reason="")

    def close(self, by: str) -> None:
        """End the conversation for a "visitor" or an "operator"."""
        self._record(
            "conversation.closed",
            {"by": by, "turn": Turn.ASSISTANT.value},
            status=Conversation.Status.CLOSED,
            closed_at=self.now,
            turn=Turn.ASSISTANT,
            waiting_since=None,
        )

    def rate(self, score: int) -> None:
        """Let the visitor rate the closed conversation, from 1 to 5."""
        self._record("conversation.rated", {"score": score}, rating=score)

    def _message(self, author: Message.Author, text: str, **facts: Any) -> Message:
        message = Message(
            public_id=new_marked_id(),
            conversation=self.conversation,
            author=author,
            text=text,
            created_at=self.now,
            **facts,
        )
        self.messages.append(message)
        return message

    def _record(self, kind: str, payload: dict[str, Any], **changes: Any) -> None:
        conversation = self.conversation
        conversation.last_seq += 1
        conversation.updated_at = self.now
        if kind == "message.created":
            conversation.message_total += 1
        if payload.get("text", "").strip():
            conversation.newest_line = Truncator(" ".join(payload["text"].split())).chars(200)
            conversation.newest_author = payload["author"]
        for name, value in changes.items():
            setattr(conversation, name, value)
        event = ConversationEvent(
            conversation=conversation,
            seq=conversation.last_seq,
            kind=kind,
            payload=payload,
            created_at=self.now,
        )
        self.events.append(event)
