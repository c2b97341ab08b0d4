"""What the worker does for a blind vote: one version after the other answers all questions."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.db import transaction

from chatbot.workshop.models import BlindQuestion, BlindVote
from inference import training_process
from inference.job_endings import stored_ending
from inference.models import LanguageModelVersion
from inference.private_folders import private_folder
from inference.training.evaluate.rows import read_rows
from inference.training_process import TrainingFailed
from inference.training_progress import Progress

PROGRAM = (sys.executable, "-m", "inference.training.evaluate")
State = BlindVote.State


def carry_out(vote: BlindVote, program: Sequence[str] = PROGRAM) -> None:
    """Let both versions answer, and open the vote; raises nothing."""
    working = Path(settings.WORKSHOP_DIR) / "voting"
    with stored_ending(vote), private_folder(working, vote.public_id) as folder:
        _write(vote, folder, program)


def _write(vote: BlindVote, folder: Path, program: Sequence[str]) -> None:
    questions = list(vote.questions.all())
    asked = folder / "questions.jsonl"
    with asked.open("w", encoding="utf-8") as lines:
        for question in questions:
            line = {"id": str(question.number), "messages": question.messages}
            lines.write(json.dumps(line, ensure_ascii=False) + "\n")
    progress = Progress(vote)
    first = _answers(vote.first, asked, folder / "first.jsonl", folder, progress, program)
    second = _answers(vote.second, asked, folder / "second.jsonl", folder, progress, program)
    for question in questions:
        question.first_answer = first[question.number]
        question.second_answer = second[question.number]
    progress.finish("keeping")
    with transaction.atomic():
        BlindQuestion.objects.bulk_update(questions, ["first_answer", "second_answer"])
        vote.store(done=vote.total)
        vote.end(State.DONE, "written")


def _answers(
    version: LanguageModelVersion,
    asked: Path,
    out: Path,
    folder: Path,
    progress: Progress,
    program: Sequence[str],
) -> dict[int, str]:
    """Return a version's answers by the numbers of the questions; raises TrainingFailed."""
    threads = training_process.threads_beside_chat(settings.TRAINING_THREADS)
    told = ["--model", version.folder, "--questions", asked, "--rows", out, "--threads", threads]
    told += ["--kernel-cache", Path(settings.DATA_DIR) / "kernels"]
    told += ["--precision", settings.INFERENCE_PRECISION]
    training_process.run(
        [*program, *map(str, told)],
        folder=folder,
        home=settings.BASE_DIR,
        threads=threads,
        on_line=progress.take,
        should_stop=progress.store,
    )
    try:
        return {int(row.id): row.said["answer"] for row in read_rows(out)}
    except (OSError, ValueError, KeyError):
        raise TrainingFailed("garbled") from None
