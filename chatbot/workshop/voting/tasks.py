"""What the worker does for blind votes."""

from celery import shared_task

from chatbot.workshop.models import BlindVote
from chatbot.workshop.voting.asking import TASK
from chatbot.workshop.voting.looking_after import look_after, tell_of_next
from chatbot.workshop.voting.writing import carry_out


@shared_task(name=TASK)
def write_answers(public_id: str) -> None:
    """Write the answers of the next vote in line, this or an earlier one; asked twice, it is done once."""
    if (vote := BlindVote.objects.claim_next()) is not None:
        carry_out(vote)
        tell_of_next()


@shared_task(name="chatbot.workshop.voting.tasks.look_after_votes")
def look_after_votes() -> None:
    """Begin anew what a dead worker left, and send again what got lost."""
    look_after()
