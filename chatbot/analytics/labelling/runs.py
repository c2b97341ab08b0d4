"""Training runs: asked for in the admin, carried out by the worker, and what becomes of them."""

import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.audit import record
from accounts.models import User
from chatbot.analytics.labelling.collecting import TooFewTexts, collect
from chatbot.analytics.models import LabelledFile, SentimentHead, TrainingRun
from inference import training_process
from inference.installation.errors import InstallationError
from inference.installation.heads import base_of, register_head
from inference.job_endings import stored_ending
from inference.models import LanguageModelVersion, ModelKind
from inference.private_folders import forget_folders, private_folder
from inference.telling_worker import tell_worker
from inference.training_process import TrainingFailed, TrainingStopped
from inference.training_progress import Progress

logger = logging.getLogger(__name__)

TASK = "chatbot.analytics.labelling.tasks.run_training"
PROGRAM = (sys.executable, "-m", "inference.training.sentiment")
State = TrainingRun.State


class AlreadyTraining(Exception):
    """A run waits or is at work; a machine trains one head at a time."""


def ask(
    files: Sequence[LabelledFile], *, uses_corrections: bool, seed: int, by: User | None, network: str = ""
) -> TrainingRun:
    """Ask the worker to train a head that starts from the active one; raises AlreadyTraining."""
    try:
        with transaction.atomic():
            if TrainingRun.objects.unfinished().exists():
                raise AlreadyTraining
            run = TrainingRun.objects.create(
                uses_corrections=uses_corrections,
                seed=seed,
                asked_by=by,
                message="waiting",
                parent=LanguageModelVersion.objects.active(ModelKind.SENTIMENT),
            )
            run.files.set(files)
            record("sentiment.training_asked", by=by, about=run, network=network)
            transaction.on_commit(lambda: tell_worker(TASK, run.public_id))
    except IntegrityError:
        raise AlreadyTraining from None
    return run


def ask_again(run: TrainingRun, *, by: User | None, network: str = "") -> TrainingRun:
    """Ask for a run like an earlier one, from the head that is active now; raises AlreadyTraining."""
    return ask(
        list(run.files.imported()),
        uses_corrections=run.uses_corrections,
        seed=run.seed,
        by=by,
        network=network,
    )


def look_after_runs() -> list[str]:
    """End the runs whose worker died, remove what they left on disk, and return those that wait in vain."""
    for run in TrainingRun.objects.abandoned():
        logger.warning("training run %s stood still: its worker is gone", run)
        run.end(State.CANCELLED if run.cancel_requested else State.FAILED, "abandoned")
    forget_folders(_runs_dir(), set(TrainingRun.objects.unfinished().values_list("public_id", flat=True)))
    return TrainingRun.objects.waiting_in_vain()


def carry_out(run: TrainingRun, program: Sequence[str] = PROGRAM) -> None:
    """Do a claimed run and store how it ended; raises nothing."""
    with stored_ending(run), private_folder(_runs_dir(), run.public_id) as folder:
        _train(run, program, folder)


def _train(run: TrainingRun, program: Sequence[str], folder: Path) -> None:
    _store(run, message="collecting")
    try:
        collected = collect(run, folder)
    except TooFewTexts as problem:
        raise TrainingFailed("too_few", str(problem.count)) from None
    _store(run, data=collected.as_data(), data_sha256=collected.sha256, message="starting")
    command = [*program, "train", *_arguments(run, collected.files, folder / "head")]
    progress = Progress(run)
    result = training_process.run(
        command,
        folder=folder,
        home=settings.BASE_DIR,
        threads=training_process.threads_beside_chat(settings.TRAINING_THREADS),
        on_line=progress.take,
        should_stop=progress.store,
        priority=settings.TRAINING_PRIORITY,
    )
    progress.finish("registering")
    with transaction.atomic():
        head = register_head(folder / "head", source=f"training run {run}", activate=False)
        _store(run, head_id=head.pk, result=result, done=run.total)
        run.end(State.DONE, "trained")


def _arguments(run: TrainingRun, labels: Sequence[Path], out: Path) -> list[str]:
    """Return what the training program is told; raises TrainingFailed where something is not installed."""
    start = run.parent
    if start is None:
        raise TrainingFailed("no_head")
    try:
        base = base_of(start)
    except InstallationError:
        raise TrainingFailed("no_head") from None
    if base is None:
        raise TrainingFailed("no_encoder", str(SentimentHead.objects.get(pk=start.pk).facts.get("base", "")))
    told = ["--base", base.folder, "--start", start.folder, "--labels", *labels, "--out", out]
    return [*map(str, told), "--seed", str(run.seed)]


def _store(run: TrainingRun, **fields: Any) -> None:
    if run.store(**fields):
        raise TrainingStopped


def _runs_dir() -> Path:
    return Path(settings.LABELLING_DIR) / "runs"
