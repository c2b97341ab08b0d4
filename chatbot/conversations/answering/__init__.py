"""From a question to an answer that invents nothing: begin with `writing.py`."""

from chatbot.conversations.answering.account import Account
from chatbot.conversations.answering.question import Mode, Question
from chatbot.conversations.answering.writing import write

__all__ = ["Account", "Mode", "Question", "write"]
