"""What an answer is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from inference.gateway import ChatMessage

# How a site answers from its knowledge: passages word for word; written by the model and each sentence
# checked; written by the model alone.
Mode = Literal["quote", "checked", "free"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A visitor's question with all that the answer depends on.

    `text` is the visitor's newest message, `turns` is what was said up to and with it, oldest first, and
    `prompt` the site's prompt with its variables filled in. `low` and `strong` are thresholds of a
    retrieval's confidence. `model` names the language model where it is not the one in use.
    """

    site_id: int | None
    text: str
    prompt: str
    turns: Sequence[ChatMessage]
    max_tokens: int
    temperature: float
    # ISO 639-1, the language that the visitor reads; empty where it is not known.
    language: str = ""
    mode: Mode = "checked"
    low: float = 0.35
    strong: float = 0.8
    model: str = ""
    frequency_penalty: float = 0.0
    # How much the model reads and writes, in tokens; 0 for what it can.
    context_tokens: int = 0
    # What the model is known to write, as ISO 639-1; empty where nothing is known.
    model_languages: frozenset[str] = frozenset()
    # Where links of an answer may lead beside the documents' own hosts.
    hosts: frozenset[str] = frozenset()
    # Whether people of the staff can be reached.
    people: bool = False
    # An answer that broke off goes on from here.
    so_far: str = ""
