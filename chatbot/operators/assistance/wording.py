"""What the model is told. In English, which every model reads best; the language to write in is named.

Small models lose the thread of long orders, so these are short, and worded like those that small models were
trained with for summaries and rewriting. What visitors write may give orders to the model as well; all that
they can spoil is a text that an operator reads before anybody else does.
"""

from collections.abc import Iterable

from chatbot.conversations.models import Conversation, Message
from chatbot.privacy import masking

_SPEAKERS = {
    Message.Author.VISITOR: "Visitor",
    Message.Author.ASSISTANT: "Assistant",
    Message.Author.OPERATOR: "Operator",
    Message.Author.SYSTEM: "System",
}


def for_summary(language: str) -> str:
    """Return the prompt for a summary in `language`."""
    return (
        "Provide a concise, objective summary of the conversation between a visitor and a customer service "
        f"in up to five sentences, in {language}: what the visitor wants, what was tried, what is still open."
    )


def after_transcript(language: str) -> str:
    """Return what stands below the transcript, where models heed it most."""
    return f"Summarize this conversation in {language}."


def line(message: Message) -> str:
    """Return what was said as a line of a transcript."""
    speaker = _SPEAKERS[Message.Author(message.author)]
    return f"{speaker}: {masking.for_model(message.text)}"


def for_reply(prompt: str, passages: Iterable[str]) -> str:
    """Return the site's prompt, with what is known."""
    known = "\n\n".join(passages)
    return f"{prompt}\n\nRely on these passages of the company's knowledge:\n\n{known}" if known else prompt


def for_rewriting(how: str) -> str:
    """Return the prompt for rewriting a draft; `how` says what it shall become."""
    return f"You're an AI assistant for text re-writing. Rewrite the input text to make it {how}."


def for_translation(source: str, target: str) -> str:
    """Return the prompt for a translation between languages with these English names."""
    return f"Translate the text from {source} into {target}. Write the translation only."


def reason(conversation: Conversation) -> str:
    """Return a line of the transcript on why a person is wanted, or nothing."""
    if conversation.handoff_reason not in _REASONS:
        return ""
    return f"System: a person is wanted, because {_REASONS[conversation.handoff_reason]}."


_REASONS = {
    str(Conversation.Reason.VISITOR): "the visitor asked for one",
    str(Conversation.Reason.WORDS): "of words in a message",
    str(Conversation.Reason.LOW_SCORE): "nothing fitting was found in the knowledge",
    str(Conversation.Reason.FAILED_ANSWERS): "answers of the assistant failed",
    str(Conversation.Reason.SENTIMENT): "the visitor seems unhappy",
}
