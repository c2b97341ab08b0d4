"""What the worker does for evaluations."""

from celery import shared_task

from chatbot.workshop.evaluating.asking import TASK
from chatbot.workshop.evaluating.looking_after import look_after, tell_of_next
from chatbot.workshop.evaluating.measuring import carry_out
from chatbot.workshop.models import Evaluation


@shared_task(name=TASK)
def run_evaluation(public_id: str) -> None:
    """Do the next evaluation in line, this one or an earlier one; asked twice, it is done once."""
    if (evaluation := Evaluation.objects.claim_next()) is not None:
        carry_out(evaluation)
        tell_of_next()


@shared_task(name="chatbot.workshop.evaluating.tasks.look_after_evaluations")
def look_after_evaluations() -> None:
    """Begin anew what a dead worker left, and send again what got lost."""
    look_after()
