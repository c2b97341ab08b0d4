"""Asking for a blind vote: between which versions, on what, and who votes."""

import json
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.models import Site, User
from chatbot.workshop.models import BlindQuestion, BlindVote, DataSet, DataSetChanged, DataSetVersion
from inference.models import LanguageModelVersion, ModelKind
from inference.telling_worker import tell_worker
from inference.training.evaluate.sampling import chosen

TASK = "chatbot.workshop.voting.tasks.write_answers"
MOST_QUESTIONS = 200
_LONGEST_QUESTION = 4000


class CannotVote(Exception):
    """This vote will not do; `str()` says why, and what to do, in the reader's language."""


def ask(
    *,
    name: str,
    first: LanguageModelVersion,
    second: LanguageModelVersion,
    sites: Iterable[Site],
    data: DataSetVersion | None = None,
    count: int = 20,
    typed: Sequence[str] = (),
    by: User | None,
    network: str = "",
) -> BlindVote:
    """Let both versions answer `count` questions of the data set's test part, or those that were typed.

    Raises CannotVote, OSError.
    """
    asked = questions_of(first, second, data, count, typed)
    with transaction.atomic():
        vote = BlindVote.objects.create(
            name=name, first=first, second=second, data=data, asked_by=by, message="waiting"
        )
        vote.sites.set(sites)
        BlindQuestion.objects.bulk_create(
            BlindQuestion(vote=vote, number=number, messages=messages)
            for number, messages in enumerate(asked, 1)
        )
        record(
            "workshop.vote_asked",
            by=by,
            about=vote,
            network=network,
            first=first.display_name,
            second=second.display_name,
        )
        transaction.on_commit(partial(tell_worker, TASK, vote.public_id))
    return vote


def cancel(vote: BlindVote, *, by: User | None, network: str = "") -> None:
    """End the writing of answers; nobody votes then."""
    with transaction.atomic():
        vote.cancel()
        record("workshop.vote_cancelled", by=by, about=vote, network=network)


def close(vote: BlindVote, *, by: User | None, network: str = "") -> bool:
    """Let nobody vote any more, and all who may vote see the outcome; tell whether that was news."""
    with transaction.atomic():
        open_ones = BlindVote.objects.filter(pk=vote.pk, state=BlindVote.State.DONE, closed_at=None)
        if not open_ones.update(closed_at=timezone.now()):
            return False
        record("workshop.vote_closed", by=by, about=vote, network=network)
    vote.refresh_from_db(fields=["closed_at"])
    return True


def questions_of(
    first: LanguageModelVersion,
    second: LanguageModelVersion,
    data: DataSetVersion | None,
    count: int,
    typed: Sequence[str],
) -> list[list[dict[str, str]]]:
    """Return what is asked, each with what was said before it; raises CannotVote for what will not do."""
    if first.pk == second.pk:
        raise CannotVote(_("Choose two different versions."))
    for version in (first, second):
        if version.kind != ModelKind.LANGUAGE:
            raise CannotVote(_("“%s” writes no answers.") % version)
        if not version.folder.is_dir():
            raise CannotVote(_("The files of “%s” are not there any more.") % version)
    lines = [line.strip() for line in typed if line.strip()]
    if bool(lines) == (data is not None):
        raise CannotVote(_("Choose a data set, or type questions: one of the two."))
    if data is not None:
        return _of_data(data, count)
    if len(lines) > MOST_QUESTIONS or any(len(line) > _LONGEST_QUESTION for line in lines):
        raise CannotVote(
            _("Type %(most)d questions at most, each of %(letters)d letters at most.")
            % {"most": MOST_QUESTIONS, "letters": _LONGEST_QUESTION}
        )
    return [[{"role": "user", "content": line}] for line in lines]


def _of_data(data: DataSetVersion, count: int) -> list[list[dict[str, str]]]:
    if data.data_set.kind != DataSet.Kind.DIALOGUES:
        raise CannotVote(_("“%s” holds no dialogues, in which something is asked.") % data)
    if not DataSetVersion.objects.usable().filter(pk=data.pk).exists():
        raise CannotVote(
            _("“%s” holds conversations that may not be used any more. Make a new version.") % data
        )
    try:
        lines = _dialogues(data.verified_folder() / "test.jsonl")
    except DataSetChanged as changed:
        raise CannotVote(str(changed)) from None
    some = chosen([line for line in lines if _asked(line)], count, lambda line: str(line.get("id")))
    if not some:
        raise CannotVote(_("The test part of “%s” holds no question.") % data)
    return [_asked(line) for line in some]


def _dialogues(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]


def _asked(dialogue: dict[str, Any]) -> list[dict[str, str]]:
    """Return what was said up to and with the last thing that a person asked."""
    messages = [{"role": one["role"], "content": one["content"]} for one in dialogue["messages"]]
    places = [place for place, one in enumerate(messages) if one["role"] == "user"]
    return messages[: places[-1] + 1] if places else []
