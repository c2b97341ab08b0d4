"""What the worker does for an evaluation: programs measure, and their figures are kept together."""

import json
import os
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings

from chatbot.workshop.evaluating.answer_rows import answer_rows
from chatbot.workshop.evaluating.asking import PASSAGES, PROMPTS, QUESTIONS
from chatbot.workshop.models import DataSetChanged, Evaluation, Measure
from inference import training_process
from inference.installation.errors import InstallationError
from inference.installation.heads import base_of
from inference.job_endings import stored_ending
from inference.private_folders import private_folder
from inference.training.evaluate.resampling import estimate
from inference.training.evaluate.rows import Row, read_rows, write_rows
from inference.training.evaluate.sampling import chosen, digest_of
from inference.training.evaluate.scores import matrix_of, names_of
from inference.training_process import TrainingFailed
from inference.training_progress import Progress

PROGRAM = (sys.executable, "-m", "inference.training.evaluate")
COMMAND = (sys.executable, "manage.py", "evaluate", "answers")
OWN = Path(__file__).parent
State = Evaluation.State


def carry_out(
    evaluation: Evaluation, program: Sequence[str] = PROGRAM, command: Sequence[str] = COMMAND
) -> None:
    """Do a claimed evaluation and store how it ended; raises nothing."""
    working = Path(settings.WORKSHOP_DIR) / "evaluating"
    with stored_ending(evaluation), private_folder(working, evaluation.public_id) as folder:
        _measure(evaluation, folder, program, command)


def _measure(evaluation: Evaluation, folder: Path, program: Sequence[str], command: Sequence[str]) -> None:
    began = time.monotonic()
    progress = Progress(evaluation)
    figures: dict[str, Any] = {}
    conditions: dict[str, Any] = {}
    rows: list[Row] = []
    by_program = [measure for measure in evaluation.measures if measure != Measure.ANSWERS]
    if by_program:
        file = folder / "rows.jsonl"
        told = list(_arguments(evaluation, by_program, file))
        result = _run([*program, *told], folder, progress)
        figures, conditions = result["figures"], result["conditions"]
        rows = list(read_rows(file))
    if Measure.ANSWERS in evaluation.measures:
        found = _answers(evaluation, folder, command, progress)
        rows += found
        on = digest_of(f"{row.id} {row.said.get('reference')}" for row in found)
        for name in dict.fromkeys(name for row in found for name in names_of(row)):
            guess = estimate(name, matrix_of(found, name)[1])
            if guess.n:
                figures[name] = {
                    "value": guess.value,
                    "low": guess.low,
                    "high": guess.high,
                    "n": guess.n,
                    "on": on,
                }
    evaluation.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_rows(rows, folder / "examples.jsonl")
    shutil.move(folder / "examples.jsonl", evaluation.per_example)
    progress.finish("keeping")
    seconds = round(time.monotonic() - began)
    evaluation.store(
        figures=figures, conditions=conditions, result={"seconds": seconds}, done=evaluation.total
    )
    evaluation.end(State.DONE, "measured")


def _run(
    command: Sequence[str], folder: Path, progress: Progress, environment: dict[str, str] | None = None
) -> dict[str, Any]:
    return training_process.run(
        command,
        folder=folder,
        home=settings.BASE_DIR,
        threads=threads(),
        on_line=progress.take,
        should_stop=progress.store,
        environment=environment,
    )


def threads() -> int:
    """Return how many threads a version is measured with: those that leave the chat its own."""
    return training_process.threads_beside_chat(settings.TRAINING_THREADS)


def _arguments(evaluation: Evaluation, measures: Sequence[str], rows: Path) -> Iterator[str]:
    """Yield what the program is told; raises TrainingFailed where something is not there any more."""
    version, data = evaluation.version, evaluation.data
    yield from ("--model", str(version.folder), "--measures", ",".join(measures), "--rows", str(rows))
    yield from ("--most", str(evaluation.most_examples), "--threads", str(threads()))
    yield from ("--kernel-cache", str(Path(settings.DATA_DIR) / "kernels"))
    yield from ("--precision", settings.INFERENCE_PRECISION)
    if data is not None:
        try:
            yield from ("--data", str(data.verified_folder()))
        except DataSetChanged as changed:
            raise TrainingFailed("bad_data", str(changed)) from None
    if Measure.LABELS in measures:
        try:
            base = base_of(version)
        except InstallationError as error:
            raise TrainingFailed("failed", str(error)) from None
        if base is None:
            raise TrainingFailed("no_encoder", version.display_name)
        yield from ("--base", str(base.folder))
    if Measure.RETRIEVAL in measures:
        passages, questions = _asked_about(evaluation)
        yield from ("--passages", str(passages), "--asked", str(questions))
    if (evaluation.folder / PROMPTS).is_file():
        yield from ("--prompts", str(evaluation.folder / PROMPTS))


def _asked_about(evaluation: Evaluation) -> tuple[Path, Path]:
    """Return the files of passages and of questions to them: those that were given, or the small shop's."""
    given = (evaluation.folder / QUESTIONS).is_file()
    folder, prefix = (evaluation.folder, "") if given else (OWN, "own_")
    return folder / f"{prefix}{PASSAGES}", folder / f"{prefix}{QUESTIONS}"


def _answers(evaluation: Evaluation, folder: Path, command: Sequence[str], progress: Progress) -> list[Row]:
    """Return what became of the questions that the whole reply path was asked."""
    passages, questions = _asked_about(evaluation)
    some = folder / QUESTIONS
    lines = [line for line in questions.read_text(encoding="utf-8-sig").split("\n") if line.strip()]
    kept = chosen(lines, evaluation.most_examples, str)
    some.write_text("\n".join(kept) + "\n", encoding="utf-8")
    answers = folder / "answers.jsonl"
    told = ["--passages", passages, "--dataset", some, "--model", evaluation.version.display_name]
    # It is a command of this installation, which needs its settings and its database.
    environment = {**os.environ, "DATA_DIR": str(settings.DATA_DIR)}
    _run([*command, *map(str, told), "--answers", str(answers), "--lines"], folder, progress, environment)
    said = [json.loads(line) for line in answers.read_text(encoding="utf-8").split("\n") if line]
    return list(answer_rows(said))
