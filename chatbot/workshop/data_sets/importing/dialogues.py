"""What a line says: a dialogue in OpenAI's chat format, or a text with its label, checked."""

import json
import re
from dataclasses import dataclass
from typing import Any

from chatbot.analytics.models import SentimentLabel
from chatbot.conversations.answering.languages import language_of
from chatbot.privacy import masking
from chatbot.workshop.data_sets.importing.wrong import Wrong
from chatbot.workshop.data_sets.texts import Messages

MOST_CHARACTERS = 20_000
MOST_MESSAGES = 200
_ROLES = ("system", "user", "assistant")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]+)*\Z")
_KEY_CHARACTERS = 200
_INTENT_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class Read:
    """One example of a file: the line on which it begins, and what it says.

    `conversation` is what the file calls the conversation that it is of, empty where it does not say.
    """

    line: int
    messages: Messages
    language: str
    conversation: str = ""
    sentiment: str = ""
    intent: str = ""


def dialogue_of(line: int, content: bytes) -> Read:
    """Return the dialogue that stands in a line of JSON; raises Wrong."""
    value = _object(content)
    return checked_dialogue(
        line,
        value.get("messages"),
        language=_word(value, "language"),
        conversation=_word(value, "conversation") or _word(value, "conversation_id"),
        intent=_word(value, "intent"),
    )


def labelled_of(line: int, content: bytes) -> Read:
    """Return the labelled text that stands in a line of JSON; raises Wrong."""
    value = _object(content)
    return checked_text(
        line,
        value.get("text"),
        label=_word(value, "label"),
        language=_word(value, "language"),
        conversation=_word(value, "conversation"),
        intent=_word(value, "intent"),
    )


def checked_dialogue(
    line: int, messages: Any, *, language: str = "", conversation: str = "", intent: str = ""
) -> Read:
    """Return messages as an example, after they passed the door of privacy; raises Wrong."""
    if not isinstance(messages, list) or not messages:
        raise Wrong("no_messages")
    if len(messages) > MOST_MESSAGES:
        raise Wrong("many_messages")
    found = [_message(number, message) for number, message in enumerate(messages, 1)]
    roles = [message["role"] for message in found]
    if "system" in roles[1:]:
        raise Wrong("system")
    answers = [place for place, one in enumerate(found) if one["role"] == "assistant"]
    if not any(found[place].get("weight") != 0 for place in answers):
        raise Wrong("no_answer")
    if "user" not in roles[: answers[0]]:
        raise Wrong("no_question")
    text = " ".join(message["content"] for message in found if message["role"] == "user")
    return Read(
        line,
        found,
        _language(language, text),
        conversation[:_KEY_CHARACTERS],
        "",
        _clean(intent, _INTENT_CHARACTERS),
    )


def checked_text(
    line: int, text: Any, *, label: str = "", language: str = "", conversation: str = "", intent: str = ""
) -> Read:
    """Return a text with its label, or without one yet, as an example; raises Wrong."""
    if not isinstance(text, str) or not masking.for_model(text).strip():
        raise Wrong("no_text")
    message = _message(1, {"role": "user", "content": text})
    label = label.strip().casefold()
    if label and label not in SentimentLabel.values:
        raise Wrong("label", label)
    return Read(
        line,
        [message],
        _language(language, message["content"]),
        conversation[:_KEY_CHARACTERS],
        label,
        _clean(intent, _INTENT_CHARACTERS),
    )


def _object(content: bytes) -> dict[str, Any]:
    try:
        value = json.loads(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise Wrong("not_text", error.start + 1) from None
    except RecursionError:
        raise Wrong("not_object") from None
    except ValueError as error:
        if content.lstrip().startswith(b"[") and content.strip() in (b"[", b"[{"):
            raise Wrong("list") from None
        raise Wrong("not_json", getattr(error, "msg", error)) from None
    if isinstance(value, list):
        raise Wrong("list")
    if not isinstance(value, dict):
        raise Wrong("not_object")
    return value


def _message(number: int, message: Any) -> dict[str, Any]:
    if not isinstance(message, dict):
        raise Wrong("not_message", number)
    role, content = message.get("role"), message.get("content")
    if not isinstance(role, str) or not isinstance(content, str):
        raise Wrong("not_message", number)
    if role not in _ROLES:
        raise Wrong("role", role)
    content = _clean(content, MOST_CHARACTERS + 1)
    if not content:
        raise Wrong("empty_message", number)
    if len(content) > MOST_CHARACTERS:
        raise Wrong("long_message", number)
    weight = message.get("weight")
    if weight not in (None, 0, 1) or isinstance(weight, bool):
        raise Wrong("weight")
    return {"role": role, "content": content, **({"weight": 0} if weight == 0 else {})}


def _clean(text: str, most: int) -> str:
    """Return text without what no database keeps, such as half of a surrogate pair."""
    return masking.for_model(text).encode("utf-8", "replace").decode().strip()[:most]


def _language(said: str, text: str) -> str:
    if said and not _LANGUAGE.match(said):
        raise Wrong("language", said)
    return re.split("[-_]", said)[0].casefold() if said else language_of(text)


def _word(value: dict[str, Any], name: str) -> str:
    word = value.get(name)
    return word if isinstance(word, str) else str(word) if isinstance(word, int) else ""
