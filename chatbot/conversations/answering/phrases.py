"""What the assistant says without a model, in the visitor's language.

English and Chinese come from the project's translations; some languages more are here, so that somebody who
asks in one of them is at least told so politely.
"""

import tomllib
from collections.abc import Callable
from pathlib import Path

from django.utils.translation import gettext, override

_PHRASES: dict[str, Callable[[], str]] = {
    "hello": lambda: gettext("Hello! What can I help you with?"),
    "thanks": lambda: gettext("You are welcome! Is there anything else that I can help you with?"),
    "goodbye": lambda: gettext("Goodbye, and have a nice day!"),
    "who": lambda: gettext(
        "I am an AI assistant. I answer questions from what I have been given to read here."
    ),
    "human": lambda: gettext("I am an AI assistant, not a person."),
    "how": lambda: gettext("I am fine, thank you! What can I help you with?"),
    "help": lambda: gettext("Ask me anything about what you find here, and I will look it up for you."),
    "fine": lambda: gettext("Good. If there is anything else, just ask."),
    "sorry": lambda: gettext("I am sorry about that. Please tell me what you need, and I will look it up."),
    "unknown": lambda: gettext(
        "I do not know the answer to that; I found nothing about it in what I can look up."
    ),
    "person": lambda: gettext("Would you like to talk to a person?"),
    "rephrase": lambda: gettext("Perhaps you can ask in other words?"),
}
_OTHERS: dict[str, dict[str, str]] = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
)


def phrase(name: str, language: str) -> str:
    """Return the phrase in `language` (ISO 639-1), in English where nobody has translated it."""
    if language in _OTHERS:
        return _OTHERS[language][name]
    with override("zh-hans" if language == "zh" else "en"):
        return _PHRASES[name]()


def unknown(language: str, people: bool) -> str:
    """Return that the assistant does not know, with the offer of a person where there are any."""
    gap = "" if language in ("zh", "ja") else " "
    return phrase("unknown", language) + gap + phrase("person" if people else "rephrase", language)
