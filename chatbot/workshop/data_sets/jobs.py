"""What the worker does on data sets: each piece of work whole, or nothing of it."""

import errno
import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

from django.db import transaction

from accounts.audit import record
from chatbot.workshop.data_sets import adding, collecting, uploads, version_files
from chatbot.workshop.data_sets.augmenting import running as augmenting
from chatbot.workshop.data_sets.cleaning import running as cleaning
from chatbot.workshop.data_sets.importing.reading import check, examples_in
from chatbot.workshop.data_sets.importing.wrong import BadFile
from chatbot.workshop.data_sets.problems import DataProblem
from chatbot.workshop.data_sets.versions import make_version
from chatbot.workshop.models import DataJob, DataSource, Example, key_of
from inference.installation.checksums import sha256_of
from inference.single_jobs import TakenOver

logger = logging.getLogger(__name__)

State = DataJob.State
_STORED_EVERY_SECONDS = 1.0


class Stopped(Exception):
    """Somebody wanted the work to end."""


class Teller:
    """Stores how far a job is, about once a second; raises Stopped when it is to end."""

    def __init__(self, job: DataJob) -> None:
        self.job = job
        self._stored_at = 0.0
        self._stage = ""

    def __call__(self, stage: str, done: int = 0, of: int = 0, detail: str = "") -> None:
        """Say that `done` of `of` is done of a stage; a new stage is stored at once."""
        now = time.monotonic()
        if stage + detail == self._stage and now - self._stored_at < _STORED_EVERY_SECONDS:
            return
        self._stage, self._stored_at = stage + detail, now
        if self.job.store(message=stage, detail=detail[:500], done=min(done, of or done), total=of):
            raise Stopped


def carry_out(job: DataJob) -> None:
    """Do a claimed job and store how it ended; raises nothing."""
    try:
        code, detail = _DOES[DataJob.Kind(job.kind)](job, Teller(job))
        job.end(State.DONE, code, detail)
        return
    except TakenOver:
        logger.warning("work %s on a data set is not this worker's any more", job)
    except Stopped:
        job.end(State.CANCELLED, "cancelled")
    except BadFile as error:
        DataJob.objects.filter(pk=job.pk).update(problems=error.problems)
        job.end(State.FAILED, "bad_file")
    except DataProblem as problem:
        job.end(State.FAILED, problem.code, problem.detail)
    except Exception as error:
        logger.exception("work %s on a data set failed", job)
        is_full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
        job.end(State.FAILED, "no_room" if is_full else "crashed")
    tidy(job)


def tidy(job: DataJob) -> None:
    """Take back what a job that did not end well has left; done twice it does nothing the second time."""
    if job.kind == DataJob.Kind.CLEAN:
        cleaning.restore(job.data_set)
    if job.kind == DataJob.Kind.VERSION:
        version_files.forget_unfinished(job.data_set)
    unfinished = DataSource.objects.filter(data_set=job.data_set, state=DataSource.State.READING)
    for source in unfinished.select_related("data_set"):
        uploads.path_of(source).unlink(missing_ok=True)
        adding.discard(source)


def _import(job: DataJob, tell: Teller) -> tuple[str, str]:
    source = job.source
    if source is None:
        raise DataProblem("file_gone")
    path, kind = uploads.path_of(source), job.data_set.kind
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        raise DataProblem("file_gone") from None
    tell("checking", 0, 0)
    count = check(path, kind, lambda done: tell("checking", done))
    source.sha256 = sha256_of(path)
    source.settings = {"bytes": size}

    def examples() -> Iterator[Example]:
        for read in examples_in(path, kind):
            yield Example(
                line=read.line,
                messages=read.messages,
                language=read.language,
                sentiment=read.sentiment,
                intent=read.intent,
                group=key_of(f"{source.public_id}:{read.conversation}") if read.conversation else "",
            )

    added = adding.add(source, examples(), lambda done: tell("reading", done, count))
    _make_ready(job, source, added, "workshop.dialogues_imported")
    path.unlink(missing_ok=True)
    return "imported", str(added)


def _collect(job: DataJob, tell: Teller) -> tuple[str, str]:
    choice = collecting.Choice.of(job.settings)
    tell("reading", 0, 0)
    total = collecting.how_many(job.data_set, choice)
    source = DataSource.objects.create(
        data_set=job.data_set,
        kind=DataSource.Kind.CONVERSATIONS,
        name=f"{job.created_at:%Y-%m-%d %H:%M}",
        settings={"praised": choice.praised, "resolved": choice.resolved, "operators": choice.operators},
        added_by=job.asked_by,
    )
    found = collecting.collected(job.data_set, choice)
    added = adding.add(source, found, lambda done: tell("reading", done, total))
    if not added:
        raise DataProblem("no_conversations")
    _make_ready(job, source, added, "workshop.conversations_collected")
    return "collected", str(added)


def _clean(job: DataJob, tell: Teller) -> tuple[str, str]:
    return "cleaned", str(cleaning.clean(job.data_set, tell))


def _augment(job: DataJob, tell: Teller) -> tuple[str, str]:
    source = DataSource.objects.create(
        data_set=job.data_set,
        kind=DataSource.Kind.AUGMENTATION,
        name=str(Example.Synthetic(job.settings["method"]).label),
        settings=job.settings,
        added_by=job.asked_by,
    )
    added = augmenting.augment(source, job.settings, tell)
    source.state = DataSource.State.READY
    source.save()
    return "augmented", str(added)


def _version(job: DataJob, tell: Teller) -> tuple[str, str]:
    version = make_version(
        job.data_set,
        seed=int(job.settings.get("seed", 1)),
        by=job.asked_by,
        network=job.settings.get("network", ""),
        tell=tell,
    )
    DataJob.objects.filter(pk=job.pk).update(version=version)
    return "made", str(version)


def _make_ready(job: DataJob, source: DataSource, added: int, kind: str) -> None:
    with transaction.atomic():
        source.state = DataSource.State.READY
        source.save()
        network = job.settings.get("network", "")
        record(kind, by=job.asked_by, about=job.data_set, network=network, examples=added)


_DOES: dict[DataJob.Kind, Callable[[DataJob, Teller], tuple[Any, str]]] = {
    DataJob.Kind.IMPORT: _import,
    DataJob.Kind.COLLECT: _collect,
    DataJob.Kind.CLEAN: _clean,
    DataJob.Kind.AUGMENT: _augment,
    DataJob.Kind.VERSION: _version,
}
