"""Asking for evaluations: what is refused before anything is begun, and what is kept for the worker."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.models import User
from chatbot.workshop.evaluating.question_files import read_cases, read_passages
from chatbot.workshop.models import DataSet, DataSetChanged, DataSetVersion, Evaluation, Measure
from inference.models import LanguageModelVersion
from inference.telling_worker import tell_worker
from inference.training.evaluate.prompts import BadPrompts, read_prompts
from inference.training.json_lines import BadLines

TASK = "chatbot.workshop.evaluating.tasks.run_evaluation"
# What may be given along, by the name of its file: prompts of one's own, and questions with their passages.
PROMPTS, PASSAGES, QUESTIONS = "prompts.jsonl", "passages.jsonl", "questions.jsonl"
ON_DATA = (Measure.PERPLEXITY, Measure.LIKENESS, Measure.LABELS)


class CannotAsk(Exception):
    """The evaluation will not do; `str()` says why, and what to do, in the reader's language."""


def ask(
    version: LanguageModelVersion,
    *,
    measures: Sequence[str],
    data: DataSetVersion | None = None,
    most_examples: int = 100,
    files: Mapping[str, bytes] | None = None,
    by: User | None,
    network: str = "",
) -> Evaluation:
    """Put an evaluation into the line and tell the worker; raises CannotAsk, OSError.

    `files` are kept beside it, by the names above; without them the questions and prompts that Parley comes
    with are asked.
    """
    check(version, measures, data, files or {})
    evaluation = Evaluation(
        version=version,
        data=data,
        measures=list(measures),
        most_examples=most_examples,
        asked_by=by,
        message="waiting",
    )
    if files:
        _keep(evaluation.folder, files)
    with transaction.atomic():
        evaluation.save()
        record(
            "workshop.evaluation_asked",
            by=by,
            about=evaluation,
            network=network,
            version=version.display_name,
            measures=list(measures),
        )
        transaction.on_commit(partial(tell_worker, TASK, evaluation.public_id))
    return evaluation


def cancel(evaluation: Evaluation, *, by: User | None, network: str = "") -> None:
    """End an evaluation: its programs are stopped, and nothing is kept of what they found."""
    with transaction.atomic():
        evaluation.cancel()
        record("workshop.evaluation_cancelled", by=by, about=evaluation, network=network)


def ask_again(evaluation: Evaluation, *, by: User | None, network: str = "") -> Evaluation:
    """Ask for the same of the same version; raises CannotAsk."""
    names = (PROMPTS, PASSAGES, QUESTIONS)
    kept = {name: evaluation.folder / name for name in names if (evaluation.folder / name).is_file()}
    return ask(
        evaluation.version,
        measures=evaluation.measures,
        data=evaluation.data,
        most_examples=evaluation.most_examples,
        files={name: path.read_bytes() for name, path in kept.items()},
        by=by,
        network=network,
    )


def check(
    version: LanguageModelVersion,
    measures: Sequence[str],
    data: DataSetVersion | None,
    files: Mapping[str, bytes],
) -> None:
    """Raise CannotAsk for what would fail after minutes."""
    if not measures:
        raise CannotAsk(_("Choose what is to be measured."))
    possible = Measure.for_kind(version.kind)
    for measure in measures:
        if measure not in possible:
            raise CannotAsk(
                _("Of “%(version)s” this cannot be measured: %(measure)s.")
                % {"version": version, "measure": Measure(measure).label}
            )
    if not version.folder.is_dir():
        raise CannotAsk(_("The files of “%s” are not there any more.") % version)
    if any(measure in ON_DATA for measure in measures):
        _check_data(measures, data)
    if (PASSAGES in files) != (QUESTIONS in files):
        raise CannotAsk(_("Questions and passages belong together: give both files, or neither."))


def _check_data(measures: Sequence[str], data: DataSetVersion | None) -> None:
    if data is None:
        raise CannotAsk(_("Choose a data set: this is measured on its test part."))
    labelled = Measure.LABELS in measures
    if data.data_set.kind != (DataSet.Kind.LABELLED if labelled else DataSet.Kind.DIALOGUES):
        raise CannotAsk(
            _("“%(data)s” holds %(kind)s, which this is not measured on.")
            % {
                "data": data,
                "kind": data.data_set.get_kind_display(),
            }
        )
    if not DataSetVersion.objects.usable().filter(pk=data.pk).exists():
        raise CannotAsk(
            _("“%s” holds conversations that may not be used any more. Make a new version.") % data
        )
    try:
        data.verified_folder()
    except DataSetChanged as changed:
        raise CannotAsk(str(changed)) from None


def check_file(name: str, content: bytes, folder: Path) -> None:
    """Raise CannotAsk where `content` is no file of this name; `folder` is for a copy of it."""
    path = folder / name
    path.write_bytes(content)
    readers = {PROMPTS: read_prompts, PASSAGES: read_passages, QUESTIONS: read_cases}
    try:
        readers[name](path)
    except (BadLines, BadPrompts) as error:
        # Whoever sent the file knows it by no folder of ours.
        raise CannotAsk(str(error).replace(f"{path}", name)) from error


def _keep(folder: Path, files: Mapping[str, bytes]) -> None:
    folder.mkdir(parents=True, mode=0o700)
    for name, content in files.items():
        (folder / name).write_bytes(content)
