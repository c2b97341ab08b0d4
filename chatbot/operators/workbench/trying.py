"""A question that somebody of the staff tries, with what is set otherwise for this once."""

from dataclasses import replace
from typing import Annotated, Any, Literal

from django.conf import settings
from django.utils.translation import gettext as _
from pydantic import BaseModel, Field, ValidationError

from accounts.models import User
from accounts.policy import Ability, sites_where
from chatbot.conversations import answering
from chatbot.conversations.answering.retrieving import retriever_for
from chatbot.conversations.asking import question_to
from chatbot.conversations.refusals import Refused
from chatbot.operators.workbench.streaming import Prepared
from chatbot.privacy import masking
from chatbot.prompts.models import PromptVersion
from inference.gateway import ChatMessage

_Share = Annotated[float, Field(ge=0.0, le=1.0)]
LANGUAGES = ("en", "zh", "ar", "de", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "tr")


class Asked(BaseModel):
    """What the page's form has; what is empty is as the site is set."""

    site: int
    question: str = Field(max_length=16_000)
    language: str = Field(default="", pattern=r"^(?:[a-z]{2})?$")
    earlier_question: str = Field(default="", max_length=16_000)
    earlier_answer: str = Field(default="", max_length=16_000)
    mode: Literal["", "quote", "checked", "free"] = ""
    low: _Share | None = None
    strong: _Share | None = None


def prepare(person: User, asked: dict[str, Any]) -> Prepared:
    """Return what answers the question on a site whose knowledge `person` writes.

    Raises Refused: invalid, not_found for another site, empty, too_long.
    """
    try:
        fields = Asked.model_validate(asked)
    except ValidationError as error:
        names = ", ".join(".".join(map(str, item["loc"])) for item in error.errors(include_input=False))
        raise Refused("invalid", _("Check these fields: %(names)s.") % {"names": names}) from None
    site = sites_where(person, Ability.WRITE_KNOWLEDGE).filter(pk=fields.site).first()
    if site is None:
        raise Refused("not_found", _("There is no such site."))
    if not fields.question.strip():
        raise Refused("empty", _("Write a question first."))
    if len(fields.question) > settings.MESSAGE_MAX_CHARACTERS:
        most = settings.MESSAGE_MAX_CHARACTERS
        raise Refused("too_long", _("A question has at most %(most)s characters.") % {"most": most})
    prompt = PromptVersion.objects.current(site, fields.language)
    question = _as_asked(question_to(site, fields.question, prompt.text, fields.language), fields)
    if question.low > question.strong:
        raise Refused("invalid", _("The lower threshold is above the upper one."))
    return Prepared(site, question, retriever_for(site.pk), str(prompt.number or ""))


def _as_asked(question: answering.Question, fields: Asked) -> answering.Question:
    return replace(
        question,
        turns=[*_earlier(fields), *question.turns],
        mode=fields.mode or question.mode,
        low=_or(fields.low, question.low),
        strong=_or(fields.strong, question.strong),
    )


def _or(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else value


def _earlier(fields: Asked) -> list[ChatMessage]:
    if not fields.earlier_question.strip():
        return []
    turns: list[ChatMessage] = [{"role": "user", "content": masking.for_model(fields.earlier_question)}]
    if fields.earlier_answer.strip():
        turns.append({"role": "assistant", "content": masking.for_model(fields.earlier_answer)})
    return turns
