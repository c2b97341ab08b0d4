"""Steps that look at one example alone: its language, its length, the personal data in it."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from chatbot.conversations.answering.languages import language_of
from chatbot.privacy.masking import for_training
from chatbot.privacy.patterns import found_in
from chatbot.workshop.data_sets.cleaning.steps import Changed, Removed, Setting, Step
from chatbot.workshop.data_sets.texts import Messages, answers_of
from chatbot.workshop.models import Example


class Language(Step):
    """Removes what is in other languages than those allowed; what no rule recognises stays."""

    about = _("Removes examples in other languages. What is too short to tell stays.")
    settings: ClassVar[tuple[Setting, ...]] = (Setting("languages", _("Languages that stay"), ("en", "zh")),)

    def judge(self, example: Example) -> Removed | None:
        """The answers count where there are some: they are what is learnt."""
        text = " ".join(answers_of(example.messages)) or example.question
        language = language_of(text, example.language)
        if language and language not in self.told["languages"]:
            return Removed(f"language:{language}")
        return None


class Length(Step):
    """Removes what is too short to say anything or too long to be learnt from."""

    about = _("Removes examples whose question or answers are too short or too long, in characters.")
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("question_least", _("Question at least"), 2, high=1000),
        Setting("question_most", _("Question at most"), 2000, low=1, high=20_000),
        Setting("answer_least", _("Answer at least"), 2, high=1000),
        Setting("answer_most", _("Answer at most"), 4000, low=1, high=20_000),
    )

    def judge(self, example: Example) -> Removed | None:
        told = self.told
        questions = [one["content"] for one in example.messages if one["role"] == "user"]
        answers = answers_of(example.messages)
        if max(map(len, questions), default=0) < told["question_least"]:
            return Removed("question_short")
        if any(len(question) > told["question_most"] for question in questions):
            return Removed("question_long")
        if answers and max(map(len, answers)) < told["answer_least"]:
            return Removed("answer_short")
        if any(len(answer) > told["answer_most"] for answer in answers):
            return Removed("answer_long")
        return None


class PersonalData(Step):
    """Puts [email], [phone] and so on in the place of what identifies people."""

    about = _(
        "Puts [email], [phone], [card], [iban], [id] and [ip] in the place of what identifies people. Names "
        "of people and places are not recognised."
    )

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__({})

    def judge(self, example: Example) -> Changed | None:
        whys: list[str] = []
        messages: Messages = []
        for message in example.messages:
            text = str(message["content"])
            whys += [f"personal:{found.kind}" for found in found_in(text)]
            messages.append({**message, "content": for_training(text)})
        return Changed(messages, tuple(whys)) if messages != example.messages else None
