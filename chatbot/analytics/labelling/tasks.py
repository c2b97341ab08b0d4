"""What the worker does for labels and heads."""

from celery import shared_task

from chatbot.analytics.labelling import label_files, rescoring, runs
from chatbot.analytics.models import Rescoring, TrainingRun
from inference.telling_worker import tell_worker


@shared_task(name=runs.TASK)
def run_training(public_id: str) -> None:
    """Train a sentiment head; asked twice, it is done once."""
    if (run := TrainingRun.objects.claim(public_id)) is not None:
        runs.carry_out(run)


@shared_task(name=rescoring.TASK)
def run_rescoring(public_id: str) -> None:
    """Score messages anew; asked twice, it is done once."""
    if (job := Rescoring.objects.claim(public_id)) is not None:
        rescoring.carry_out(job)


@shared_task(name="chatbot.analytics.labelling.tasks.look_after_labelling")
def look_after_labelling() -> None:
    """End what a dead worker left, send again what got lost, and forget drafts that nobody imported."""
    for public_id in runs.look_after_runs():
        tell_worker(runs.TASK, public_id)
    for public_id in rescoring.look_after_rescorings():
        tell_worker(rescoring.TASK, public_id)
    label_files.forget_old_drafts()
