"""Training runs: asked for in the admin, carried out by the worker, and what becomes of them."""

import errno
import logging
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.audit import record
from accounts.models import User
from chatbot.analytics.labelling.collecting import TooFewTexts, collect
from chatbot.analytics.models import LabelledFile, SentimentHead, TrainingRun
from inference import training_process
from inference.installation.errors import InstallationError
from inference.installation.heads import base_of, register_head
from inference.models import LanguageModelVersion, ModelKind
from inference.single_jobs import TakenOver
from inference.training_process import Line, TrainingFailed, TrainingStopped

logger = logging.getLogger(__name__)

TASK = "chatbot.analytics.labelling.tasks.run_training"
PROGRAM = (sys.executable, "-m", "inference.training.sentiment")
State = TrainingRun.State
# What the worker was told and did not take in this time is sent again.
_EXPIRES_SECONDS = 60
_STORED_EVERY_SECONDS = 1.0

_thread = ThreadPoolExecutor(1, thread_name_prefix="training-run")


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


def tell_worker(task: str, public_id: str) -> None:
    """Send the worker a job; one that is lost on the way is sent again by `look_after_runs`."""
    _thread.submit(_send, task, public_id)


def look_after_runs() -> list[str]:
    """End the runs whose worker died, remove what they left on disk, and return those that wait in vain."""
    for run in TrainingRun.objects.abandoned():
        logger.warning("training run %s stood still: its worker is gone", run)
        run.end(State.CANCELLED if run.cancel_requested else State.FAILED, "abandoned")
    at_work = set(TrainingRun.objects.unfinished().values_list("public_id", flat=True))
    for folder in _runs_dir().glob("*"):
        if folder.name.partition("-")[0] not in at_work:
            shutil.rmtree(folder, ignore_errors=True)
    late = timezone.now() - timedelta(seconds=_EXPIRES_SECONDS)
    waiting = TrainingRun.objects.filter(state=State.WAITING, created_at__lt=late)
    return list(waiting.values_list("public_id", flat=True))


def carry_out(run: TrainingRun, program: Sequence[str] = PROGRAM) -> None:
    """Do a claimed run and store how it ended; raises nothing."""
    try:
        with _private_folder(run) as folder:
            _train(run, program, folder)
    except TakenOver:
        logger.warning("training run %s is not this worker's any more", run)
    except TrainingStopped:
        run.end(State.CANCELLED, "cancelled")
    except TrainingFailed as failure:
        logger.warning("training run %s: %s", run, failure)
        run.end(State.FAILED, failure.code, failure.detail)
    except TooFewTexts as problem:
        run.end(State.FAILED, "too_few", str(problem.count))
    except Exception as error:
        logger.exception("training run %s failed", run)
        is_full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
        run.end(State.FAILED, "no_room" if is_full else "crashed")


def _train(run: TrainingRun, program: Sequence[str], folder: Path) -> None:
    _store(run, message="collecting")
    collected = collect(run, folder)
    _store(run, data=collected.as_data(), data_sha256=collected.sha256, message="starting")
    command = [*program, "train", *_arguments(run, collected.files, folder / "head")]
    progress = _Progress(run)
    result = training_process.run(
        command,
        folder=folder,
        home=settings.BASE_DIR,
        threads=training_process.threads_beside_chat(settings.TRAINING_THREADS),
        on_line=progress.take,
        should_stop=progress.store,
    )
    # A short training may have said all of it within a second.
    last = progress.latest | {"message": "registering", "seconds_left": None}
    _store(run, **last, losses=run.losses, log=run.log)
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


class _Progress:
    """Takes the program's lines, and stores what they say about once a second."""

    def __init__(self, run: TrainingRun) -> None:
        self.run = run
        self.stored_at = 0.0
        self.latest: dict[str, Any] = {}

    def take(self, line: Line) -> None:
        """Note how far the program is, or keep what else it says for the log."""
        step, of, loss = (line.get(name) for name in ("step", "of", "loss"))
        if isinstance(step, int) and isinstance(of, int) and 0 <= step <= of < 2**31:
            self.latest |= {"done": step, "total": of, "message": "training"}
            if isinstance(loss, int | float) and abs(loss) < 1e6:
                self.run.learnt(step, float(loss))
            left = line.get("seconds_left")
            if isinstance(left, int | float) and 0 <= left < 1e9:
                self.latest["seconds_left"] = round(left)
        elif isinstance(line.get("text"), str):
            self.run.say(line["text"])
        else:
            words = [f"{name}: {value}" for name, value in line.items() if not isinstance(value, dict | list)]
            self.run.say(", ".join(words) or ", ".join(line))
        if time.monotonic() - self.stored_at >= _STORED_EVERY_SECONDS and self.store():
            raise TrainingStopped

    def store(self) -> bool:
        """Store what is known; return whether somebody wants the run to end."""
        self.stored_at = time.monotonic()
        return self.run.store(**self.latest, losses=self.run.losses, log=self.run.log)


def _store(run: TrainingRun, **fields: Any) -> None:
    if run.store(**fields):
        raise TrainingStopped


@contextmanager
def _private_folder(run: TrainingRun) -> Iterator[Path]:
    """A folder that nobody else reads, removed at the end whatever happens."""
    _runs_dir().mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = Path(tempfile.mkdtemp(prefix=f"{run.public_id}-", dir=_runs_dir()))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _runs_dir() -> Path:
    return Path(settings.LABELLING_DIR) / "runs"


def _send(task: str, public_id: str) -> None:
    try:
        current_app.send_task(task, args=[public_id], retry=False, expires=_EXPIRES_SECONDS)
    except Exception as error:
        logger.warning("the worker was not told of %s: %s", task, error)
