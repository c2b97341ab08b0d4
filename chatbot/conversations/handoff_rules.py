"""The rules that call a person: words in a message, nothing found, answers that fail.

How the visitor feels is judged in `sentiment.judging`, since it is known a little later.
"""

import re

from chatbot.conversations import handover
from chatbot.conversations.models import Conversation, HandoffSettings, Message

Reason = Conversation.Reason


def reason_in_message(conversation: Conversation, text: str) -> Reason | None:
    """Return why the words of the visitor's message call for a person, None when they do not."""
    rules = HandoffSettings.objects.of(conversation.site_id)
    return Reason.WORDS if mentions(text, rules.words) else None


def judge_answers(conversation: Conversation, confidence: float | None = None) -> None:
    """Ask for a person if the newest answers failed the visitor. Needs the conversation's row locked.

    `confidence`, from 0 to 1, says how well the best passage fitted the newest question; None where nothing
    was looked up.
    """
    if not conversation.assistant_answers or conversation.status == Conversation.Status.CLOSED:
        return
    rules = HandoffSettings.objects.of(conversation.site_id)
    if confidence is not None and rules.lowest_score is not None and confidence < rules.lowest_score:
        handover.request_person(conversation, Reason.LOW_SCORE)
    elif _failed_in_a_row(conversation, rules.failed_answers):
        handover.request_person(conversation, Reason.FAILED_ANSWERS)


def mentions(text: str, words: list[str]) -> bool:
    """Tell whether one of `words` stands in the text; Latin ones as whole words, Chinese ones anywhere."""
    return any(re.search(_pattern(word.strip()), text, re.IGNORECASE) for word in words if word.strip())


def _pattern(word: str) -> str:
    edge = r"\b" if word.isascii() else ""
    return edge + r"\s+".join(re.escape(part) for part in word.split()) + edge


def _failed_in_a_row(conversation: Conversation, limit: int) -> bool:
    if not limit:
        return False
    answers = conversation.messages.filter(author=Message.Author.ASSISTANT).order_by("-id")
    newest = answers.values_list("status", "feedback", "trace__kind")[:limit]
    failed = [
        status == Message.Status.FAILED or thumb == Message.Feedback.DOWN or kind == "unknown"
        for status, thumb, kind in newest
    ]
    return len(failed) == limit and all(failed)
