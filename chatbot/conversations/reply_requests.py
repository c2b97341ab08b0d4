"""Asking the assistant for a reply, and calling off what was asked; with the conversation's row locked."""

from django.utils import timezone

from chatbot.conversations import events, hints
from chatbot.conversations.models import Conversation, Message
from chatbot.conversations.streams import text_so_far


def ask_for_reply(conversation: Conversation, question: Message, replaces: Message | None = None) -> Message:
    """Return a new reply that waits to be written: an answer to `question`, perhaps in another's place."""
    reply = conversation.messages.create(
        author=Message.Author.ASSISTANT, status=Message.Status.PENDING, answers=question, replaces=replaces
    )
    events.record(conversation, "message.created", reply.data())
    hints.announce_work()
    return reply


def ask_if_unanswered(conversation: Conversation) -> None:
    """Ask for a reply to the visitor's last message if nobody has said anything since."""
    last = conversation.messages.spoken().exclude(text="").last()
    if last is not None and last.author == Message.Author.VISITOR:
        ask_for_reply(conversation, last)


def request_stop(conversation: Conversation, message_id: str | None = None) -> None:
    """Let the runner end the reply, or every unfinished one for None; its text stays."""
    unfinished = conversation.messages.unfinished()
    if message_id is not None:
        unfinished = unfinished.filter(public_id=message_id)
    for reply in unfinished:
        reply.stop_requested = True
        reply.save(update_fields=["stop_requested"])
        hints.announce_stop(conversation.public_id, reply.public_id)


def halt_replies(conversation: Conversation) -> None:
    """End every unfinished reply here and now, with the text so far.

    Unlike `request_stop` this leaves nothing to the runner, which finds the reply finished and stores no
    more of it. So whoever answers next in this transaction is the only one who does.
    """
    for reply in conversation.messages.unfinished().select_related("answers", "replaces").order_by("pk"):
        reply.text = max(reply.text, text_so_far(reply.public_id), key=len)
        reply.status = Message.Status.STOPPED
        reply.stop_requested = True
        reply.finished_at = timezone.now()
        reply.save(update_fields=["text", "status", "stop_requested", "finished_at"])
        events.record(conversation, "message.stopped", reply.data())
        hints.announce_stop(conversation.public_id, reply.public_id)
