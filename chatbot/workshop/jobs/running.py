"""A job in the worker: its program runs as a child process, and what it makes is registered.

The job's folder outlives the worker. When the worker or the program is killed, `looking_after` or this module
puts the job back into the line, and its next attempt goes on from the newest checkpoint.
"""

import logging
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from chatbot.workshop.jobs import folders
from chatbot.workshop.jobs.cards import model_card
from chatbot.workshop.jobs.kinds import JobKind, kind_of
from chatbot.workshop.models import PARTS, DataSet, DataSetChanged, WorkshopJob
from inference import training_process
from inference.code_version import code_version
from inference.installation.errors import InstallationError
from inference.installation.heads import base_of, register_head
from inference.installation.trained import register_trained
from inference.job_endings import stored_ending
from inference.models import LanguageModelVersion, ModelKind
from inference.training.option import command_line
from inference.training_process import Line, TrainingFailed, TrainingStopped
from inference.training_progress import Progress

logger = logging.getLogger(__name__)

State = WorkshopJob.State
# A program that the system killed so often is likely too large for the machine.
_MOST_KILLS = 3


def carry_out(job: WorkshopJob, program: Sequence[str] = ()) -> None:
    """Do a claimed job, from its newest checkpoint where it has one, and store how it ended; raises nothing.

    `program` is started instead of the kind's own.
    """
    with stored_ending(job):
        try:
            with folders.held(job) as lock:
                result = _train(job, program, lock)
                _keep(job, result)
        except folders.InUse:
            job.wait("resuming")
        except TrainingStopped:
            if job.cancel_requested:
                raise
            job.wait("paused")
        except TrainingFailed as failure:
            if failure.code != "killed" or job.attempts >= _MOST_KILLS:
                raise
            logger.warning("the program of job %s was killed", job)
            job.wait("resuming")
    job.refresh_from_db(fields=["state"])
    if job.state in (State.DONE, State.CANCELLED):
        folders.forget(job)


def _train(job: WorkshopJob, program: Sequence[str], lock: int) -> Line:
    if job.attempts > 1:
        job.say(f"Attempt {job.attempts}.")
    _store(job, code_version=code_version(), log=job.log, message="starting")
    # What an earlier attempt made and could not keep.
    shutil.rmtree(job.folder / "out", ignore_errors=True)
    progress = Progress(job)
    threads = training_process.threads_beside_chat(settings.TRAINING_THREADS)
    result = training_process.run(
        command_of(job, threads, program),
        folder=job.folder,
        home=settings.BASE_DIR,
        threads=threads,
        on_line=progress.take,
        should_stop=progress.store,
        priority=settings.TRAINING_PRIORITY,
        holds=[lock],
    )
    progress.finish("registering")
    return result


def command_of(job: WorkshopJob, threads: int, program: Sequence[str] = ()) -> list[str]:
    """Return how the job's training program is started; raises TrainingFailed where something is missing."""
    kind = kind_of(job.kind)
    if kind is None or job.data is None:
        raise TrainingFailed("no_files", str(job.data or job.kind))
    told = [*(program or kind.program), *_start(job, kind)]
    try:
        data = job.data.verified_folder()
    except DataSetChanged as problem:
        raise TrainingFailed("bad_data", str(problem)) from None
    if kind.data == DataSet.Kind.LABELLED:
        told += ["--labels", *(str(data / f"{part}.jsonl") for part in PARTS)]
    else:
        told += ["--data", str(data), "--checkpoints", str(job.checkpoints)]
    told += ["--out", str(job.folder / "out"), "--seed", str(job.seed), "--threads", str(threads)]
    return told + command_line(kind.options, job.settings)


def _start(job: WorkshopJob, kind: JobKind) -> list[str]:
    """Return what the job starts from, as arguments."""
    if not job.base.folder.is_dir():
        raise TrainingFailed("no_files", str(job.base))
    if kind.base == ModelKind.SENTIMENT:
        encoder = _encoder(job.base)
        return ["--base", str(encoder.folder), "--head", str(job.base.folder)]
    teacher = ["--teacher", str(job.teacher.folder)] if job.teacher is not None else []
    return ["--base", str(job.base.folder), *teacher]


def _encoder(head: LanguageModelVersion) -> LanguageModelVersion:
    try:
        encoder = base_of(head)
    except InstallationError:
        raise TrainingFailed("no_files", str(head)) from None
    if encoder is None:
        raise TrainingFailed("no_encoder", str(head))
    return encoder


def _keep(job: WorkshopJob, result: Line) -> None:
    """Register what the program made, and note it with its figures."""
    _store(job, result=result)
    try:
        made = _register(job)
    except InstallationError as error:
        # Whatever was full: the program's last checkpoint is still there.
        code = "no_room" if "disk is" in str(error) else "not_registered"
        raise TrainingFailed(code, str(error)) from None
    with transaction.atomic():
        _store(job, made_id=made.pk, done=job.total)
        job.end(State.DONE, "made")


def _register(job: WorkshopJob) -> LanguageModelVersion:
    out, recipe, card = job.folder / "out", recipe_of(job), model_card(job)
    if job.base.kind != ModelKind.SENTIMENT:
        return register_trained(out, parent=job.base, recipe=recipe, card=card)
    return _register_head(out, job, recipe)


def _register_head(out: Path, job: WorkshopJob, recipe: Mapping[str, Any]) -> LanguageModelVersion:
    head = register_head(out, source=f"{job.kind} of {job.base}", activate=False)
    installed = LanguageModelVersion.objects.filter(pk=head.pk, state=LanguageModelVersion.State.INSTALLED)
    installed.update(state=LanguageModelVersion.State.CANDIDATE, parent=job.base, recipe=dict(recipe))
    return head


def recipe_of(job: WorkshopJob) -> dict[str, Any]:
    """Return what the same weights could be made from again."""
    return {
        "job": job.kind,
        "settings": job.settings,
        "seed": job.seed,
        "code_version": job.code_version,
        "data_set": str(job.data),
        "data_sha256": job.data.sha256 if job.data is not None else "",
        **({"teacher": job.teacher.display_name} if job.teacher is not None else {}),
    }


def _store(job: WorkshopJob, **fields: Any) -> None:
    if job.store(**fields):
        raise TrainingStopped
