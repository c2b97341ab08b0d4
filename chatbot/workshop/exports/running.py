"""An export in the worker: the program writes the file into a private folder, which is kept for some days."""

import logging
import shutil
import time
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import transaction

from chatbot.workshop.models import Export
from inference import training_process
from inference.exporting import PROGRAM, NotExported, command_for
from inference.job_endings import stored_ending
from inference.training_process import Line, TrainingFailed, TrainingStopped

logger = logging.getLogger(__name__)

_STORED_EVERY_SECONDS = 1.0


def carry_out(export: Export, program: Sequence[str] = PROGRAM) -> None:
    """Do a claimed export and store how it ended; raises nothing. Only one that is done has a file."""
    with stored_ending(export):
        _write(export, program)
    export.refresh_from_db(fields=["state"])
    if export.state != export.State.DONE:
        shutil.rmtree(export.folder, ignore_errors=True)


def _write(export: Export, program: Sequence[str]) -> None:
    shutil.rmtree(export.folder, ignore_errors=True)
    export.folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    export.folder.mkdir(mode=0o700)
    try:
        command = command_for(export.version, export.format, export.folder / export.wanted_name(), program)
    except NotExported as refusal:
        raise TrainingFailed(refusal.code, refusal.detail) from None
    _store(export, message="starting")
    threads = training_process.threads_beside_chat(settings.TRAINING_THREADS)
    progress = _Progress(export)
    result = training_process.run(
        [*command, "--threads", str(threads)],
        folder=export.folder,
        home=settings.BASE_DIR,
        threads=threads,
        on_line=progress.take,
        should_stop=progress.store,
    )
    with transaction.atomic():
        _store(export, **export.keep(result), done=export.total)
        export.end(export.State.DONE, "exported")


class _Progress:
    """Takes the program's lines, and stores what they say about once a second."""

    def __init__(self, export: Export) -> None:
        self._export = export
        self._stored_at = 0.0
        self._latest: dict[str, Any] = {}

    def take(self, line: Line) -> None:
        step, of = line.get("step"), line.get("of")
        if isinstance(step, int) and isinstance(of, int) and 0 <= step <= of < 2**31:
            self._latest = {"done": step, "total": of, "message": "exporting"}
        if time.monotonic() - self._stored_at >= _STORED_EVERY_SECONDS and self.store():
            raise TrainingStopped

    def store(self) -> bool:
        self._stored_at = time.monotonic()
        return self._export.store(**self._latest)


def _store(export: Export, **fields: Any) -> None:
    if export.store(**fields):
        raise TrainingStopped
