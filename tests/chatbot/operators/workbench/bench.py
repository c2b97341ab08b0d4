"""A page of the workbench as its socket sees it, and answers as they were given."""

from typing import Any

from accounts.models import Site
from chatbot.conversations.models import Conversation, Message, ReplyTrace
from tests.chatbot.operators.desk import Frame, OperatorClient
from tests.chatbot.operators.talks import say, talk


class BenchClient(OperatorClient):
    """One page of the workbench."""

    PATH = "/ws/workbench/"

    async def ask(self, site: Site, question: str, ask: str = "a1", **asked: Any) -> None:
        asked = {"site": site.pk, "question": question, **asked}
        await self.send(type="write", kind="try", ask=ask, asked=asked)

    async def answer(self, site: Site, question: str, **asked: Any) -> Frame:
        """Ask and return how it ended."""
        await self.ask(site, question, **asked)
        return await self.next_of("answer.done", "answer.error")


def answered(
    site: Site,
    question: str,
    answer: str = "I do not know.",
    *,
    conversation: Conversation | None = None,
    message: dict[str, Any] | None = None,
    **trace: Any,
) -> Message:
    """Let a visitor ask and the assistant answer; `trace` and `message` are fields of what is stored."""
    conversation = conversation or talk(site)
    asked = say(conversation, "visitor", question)
    said = say(conversation, "assistant", answer)
    Message.objects.filter(pk=said.pk).update(answers=asked, **(message or {}))
    ReplyTrace.objects.create(message=said, **trace)
    said.refresh_from_db()
    return said
