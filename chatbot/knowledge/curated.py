"""Curated answers: what people wrote themselves to questions that are asked, to be given word for word."""

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.audit import record
from accounts.models import Site, User
from chatbot.knowledge.job_queue import ask
from chatbot.knowledge.models import Document, Source
from chatbot.knowledge.removing import remove_documents

MOST_QUESTIONS = 50
QUESTION_CHARACTERS = 1000
ANSWER_CHARACTERS = 8000


class BadAnswer(ValueError):
    """A curated answer cannot be stored as it is; the text says why, for people."""


def add_answer(
    site: Site,
    questions: Iterable[str],
    text: str,
    by: User | None,
    *,
    network: str = "",
    url: str = "",
    source: Source | None = None,
) -> Document:
    """Store an answer to questions of visitors of `site`; the worker makes it searchable after the commit.

    `questions` are phrasings of one question, `url` is where visitors can read more. Without `source` the
    site's first source of curated answers takes it, which is made where there is none. What a person adds is
    recorded.

    Raises BadAnswer.
    """
    phrasings, text = checked(questions, text)
    with transaction.atomic():
        source = source or answers_source(site, by)
        document = Document.objects.create(
            site=site,
            source=source,
            title=phrasings[0][:300],
            url=url[:500],
            questions="\n".join(phrasings),
            text=text,
        )
        ask(source, by=by)
        _record_published(document, by, network)
    return document


def change_answer(
    answer: Document,
    questions: Iterable[str],
    text: str,
    by: User | None,
    *,
    network: str = "",
    url: str | None = None,
) -> bool:
    """Store other words for a curated answer and return whether they differ; raises BadAnswer.

    Until the worker has read them the earlier words are given.
    """
    phrasings, text = checked(questions, text)
    address = answer.url if url is None else url[:500]
    if (answer.questions, answer.text, answer.url) == ("\n".join(phrasings), text, address):
        return False
    with transaction.atomic():
        answer.title, answer.questions, answer.text = phrasings[0][:300], "\n".join(phrasings), text
        answer.url, answer.status = address, Document.Status.WAITING
        # The address alone may have changed, and searches are to learn of it.
        answer.sha256, answer.edition = "", answer.edition + 1
        answer.save(update_fields=["title", "questions", "text", "url", "status", "sha256", "edition"])
        ask(answer.source, by=by)
        _record_published(answer, by, network)
    return True


def remove_answer(answer: Document, by: User | None, *, network: str = "") -> None:
    """Take a curated answer away; it is not given any more from now on."""
    with transaction.atomic():
        if by is not None:
            record("knowledge.answer_removed", by=by, site=answer.site, about=answer, network=network)
        remove_documents(Document.objects.filter(pk=answer.pk))


def answers_source(site: Site, by: User | None = None) -> Source:
    """Return the site's first source of curated answers, made where there is none."""
    source = Source.objects.filter(site=site, kind=Source.Kind.ANSWERS).order_by("pk").first()
    return source or Source.objects.create(
        site=site, kind=Source.Kind.ANSWERS, name=gettext("Questions and answers"), created_by=by
    )


def checked(questions: Iterable[str], text: str) -> tuple[Sequence[str], str]:
    """Return phrasings without blank ones and repetitions, and the text; raises BadAnswer."""
    phrasings = list(dict.fromkeys(" ".join(question.split()) for question in questions))
    phrasings = [question for question in phrasings if question]
    text = text.replace("\r\n", "\n").strip()
    if not phrasings:
        raise BadAnswer(_("Write at least one question."))
    if not text:
        raise BadAnswer(_("Write an answer."))
    if len(phrasings) > MOST_QUESTIONS:
        raise BadAnswer(_("Write at most %d phrasings of a question.") % MOST_QUESTIONS)
    if max(map(len, phrasings)) > QUESTION_CHARACTERS:
        raise BadAnswer(_("A question has at most %d characters.") % QUESTION_CHARACTERS)
    if len(text) > ANSWER_CHARACTERS:
        raise BadAnswer(_("An answer has at most %d characters.") % ANSWER_CHARACTERS)
    if "\x00" in text or any("\x00" in question for question in phrasings):
        raise BadAnswer(_("The text holds a NUL character."))
    return phrasings, text


def _record_published(answer: Document, by: User | None, network: str) -> None:
    if by is not None:
        record("knowledge.answer_published", by=by, site=answer.site, about=answer, network=network)
