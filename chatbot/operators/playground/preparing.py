"""What the playground's page asks for, made ready for the workbench's stream of answers."""

from typing import Any

from accounts.models import User
from chatbot.conversations.answering.retrieving import retriever_for
from chatbot.conversations.asking import question_to
from chatbot.operators.playground.forms import TrialForm, errors_of
from chatbot.operators.workbench.streaming import Prepared, WrongFields


def prepare(person: User, asked: dict[str, Any]) -> Prepared:
    """Return what answers the question under a prompt that need not be stored; raises WrongFields.

    The site is one whose prompts `person` writes, and knowledge goes along if the page says so.
    """
    form = TrialForm(person, asked)
    if not form.is_valid():
        raise WrongFields(errors_of(form))
    wanted = form.cleaned_data
    question = question_to(
        wanted["site"],
        wanted["question"],
        wanted["prompt"],
        wanted["language"],
        model=wanted["model"],
        temperature=wanted["temperature"],
        max_tokens=wanted["max_tokens"],
    )
    retriever = retriever_for(wanted["site"].pk) if wanted["knowledge"] else None
    return Prepared(wanted["site"], question, retriever)
