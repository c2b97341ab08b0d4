"""The step that takes greetings, signatures and phrases out of answers that stand in very many of them."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from chatbot.analytics.labelling.label_reading import same_text
from chatbot.workshop.data_sets.cleaning.steps import Changed, Removed, Setting, Step
from chatbot.workshop.data_sets.texts import Messages
from chatbot.workshop.models import Example

# A sentence with the space behind it. Full stops within numbers and addresses end none.
_SENTENCE = re.compile(r".+?(?:[.!?…]+[\"”’)]*(?=\s|$)|[。！？]+[”’）]*|\n|$)\s*", re.DOTALL)
# More different sentences are not counted: those that recur were met before.
_MOST_SENTENCES = 500_000
_SHOWN = 20
_FEWEST = 3


class Boilerplate(Step):
    """Removes recurring sentences at the beginning and the end of answers, and answers of nothing else.

    Within an answer they stay: what stands between two sentences may be what the answer is about.
    """

    about = _(
        "Takes sentences out of the beginning and end of answers that recur in many conversations, such as "
        "greetings and signatures. An answer of nothing else is kept as context and not learnt from."
    )
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("per_mille", _("In so many of 1000 conversations"), 50, low=1, high=1000),
        Setting("least", _("And in at least so many"), 20, low=_FEWEST, high=100_000),
    )
    looks_first = True

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self._counts: Counter[str] = Counter()
        self._seen = 0
        self._recurring: dict[str, int] = {}

    def look(self, example: Example) -> None:
        self._seen += 1
        keys = {
            key
            for message in example.messages
            if message["role"] == "assistant"
            for sentence in _sentences(str(message["content"]))
            if (key := same_text(sentence))
        }
        for key in keys:
            if key in self._counts or len(self._counts) < _MOST_SENTENCES:
                self._counts[key] += 1

    def looked(self) -> None:
        least = max(self.told["least"], self._seen * self.told["per_mille"] / 1000)
        self._recurring = {key: count for key, count in self._counts.most_common() if count >= least}
        self._counts.clear()

    def judge(self, example: Example) -> Removed | Changed | None:
        whys: list[str] = []
        messages: Messages = []
        for message in example.messages:
            if message["role"] == "assistant":
                text, taken = self._stripped(str(message["content"]))
                whys += ["recurring"] * taken
                if taken and not text:
                    # The person's next message answers to it.
                    message = {**message, "weight": 0}
                elif taken:
                    message = {**message, "content": text}
            messages.append(message)
        if not whys:
            return None
        learnt = any(one["role"] == "assistant" and one.get("weight") != 0 for one in messages)
        return Changed(messages, tuple(whys)) if learnt else Removed("only_recurring")

    def sentences(self) -> list[tuple[str, int]]:
        return list(self._recurring.items())[:_SHOWN]

    def _stripped(self, text: str) -> tuple[str, int]:
        """Return the text without recurring sentences at its ends, and how many were taken."""
        sentences = _sentences(text)
        begin, end = 0, len(sentences)
        while begin < end and same_text(sentences[begin]) in self._recurring:
            begin += 1
        while end > begin and same_text(sentences[end - 1]) in self._recurring:
            end -= 1
        return "".join(sentences[begin:end]).strip(), len(sentences) - (end - begin)


def _sentences(text: str) -> list[str]:
    return [found for found in _SENTENCE.findall(text) if found]
