"""One person in one vote: what is to be voted on next, and when the outcome may be seen."""

from dataclasses import dataclass

from django.db import models, transaction

from accounts.models import User
from chatbot.workshop.models import Ballot, BlindQuestion, BlindVote
from chatbot.workshop.voting import results
from chatbot.workshop.voting.sides import first_on_left

# What the page sends, by where the answer stood.
CHOICES = ("left", "right", "same", "both_bad")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A question as one person sees it: what was said, and an answer on either side."""

    question: BlindQuestion
    left: str
    right: str
    # "left", "right", "same", "both_bad", or nothing before the person chose.
    choice: str


@dataclass(frozen=True, slots=True)
class Turn:
    """How far a person is in a vote."""

    vote: BlindVote
    sheet: Sheet | None
    done: int
    of: int

    @property
    def is_through(self) -> bool:
        """Whether the person has voted on every question."""
        return self.done >= self.of


def turn_of(vote: BlindVote, person: User, number: int | None = None) -> Turn:
    """Return the question of this number, or the first that `person` has not voted on yet."""
    questions = list(vote.questions.all())
    ballots = {one.question_id: one for one in _ballots(vote, person)}
    wanted = next(
        (one for one in questions if one.number == number),
        next((one for one in questions if one.pk not in ballots), None) if number is None else None,
    )
    sides = first_on_left(vote.public_id, person.pk, [question.number for question in questions])
    sheet = None
    if wanted is not None:
        on_left = sides[wanted.number]
        answers = (wanted.first_answer, wanted.second_answer)
        left, right = answers if on_left else answers[::-1]
        sheet = Sheet(wanted, left, right, _as_seen(ballots.get(wanted.pk)))
    return Turn(vote, sheet, len(ballots), len(questions))


def cast(vote: BlindVote, person: User, number: int, choice: str) -> bool:
    """Store what `person` chose; a later choice replaces an earlier one. False where it was not taken.

    That is where the vote is closed, has no such question, or the choice is none; and after the last
    question, from which on the person sees the outcome.
    """
    if choice not in CHOICES:
        return False
    with transaction.atomic():
        # Locked, so that no ballot comes in while somebody closes the vote.
        open_one = BlindVote.objects.select_for_update().filter(pk=vote.pk, closed_at=None).first()
        question = vote.questions.filter(number=number).first()
        if open_one is None or question is None or not open_one.is_open or _is_through(vote, person):
            return False
        numbers = list(vote.questions.values_list("number", flat=True))
        on_left = first_on_left(vote.public_id, person.pk, numbers)[number]
        chosen = {"left": "first" if on_left else "second", "right": "second" if on_left else "first"}
        Ballot.objects.update_or_create(
            question=question,
            voter=person,
            defaults={"choice": chosen.get(choice, choice), "first_on_left": on_left},
        )
    return True


def may_see_outcome(vote: BlindVote, person: User) -> bool:
    """Tell whether `person` cannot be led by the outcome any more: the vote is closed, or voted through."""
    return vote.closed_at is not None or _is_through(vote, person)


def outcome(vote: BlindVote) -> results.Result:
    """Return what came of the vote so far."""
    ballots = Ballot.objects.filter(question__vote=vote).select_related("question", "voter")
    return results.result_of(
        results.Ballot(
            one.question.number,
            one.voter.get_username(),
            one.choice,
            "first" if one.first_on_left else "second",
        )
        for one in ballots
    )


def _is_through(vote: BlindVote, person: User) -> bool:
    return _ballots(vote, person).count() >= vote.questions.count() > 0


def _ballots(vote: BlindVote, person: User) -> models.QuerySet[Ballot]:
    return Ballot.objects.filter(question__vote=vote, voter=person)


def _as_seen(ballot: Ballot | None) -> str:
    if ballot is None or ballot.choice not in ("first", "second"):
        return ballot.choice if ballot is not None else ""
    return "left" if (ballot.choice == "first") == ballot.first_on_left else "right"
