"""What the workshop makes of a version: a job, an export, figures and a vote, each with its telling word."""

from collections.abc import Callable

from django.db.models import Model

from accounts.models import Site, User
from chatbot.workshop.models import (
    Ballot,
    BlindQuestion,
    BlindVote,
    DataSetVersion,
    Evaluation,
    Export,
    WorkshopJob,
)
from inference.models import LanguageModelVersion

Secret = Callable[[type[Model]], str]


def plant_workshop(site: Site, colleague: User, secret: Secret) -> list[Model]:
    """Make rows about the planted version and data set; `secret` gives the words."""
    version = LanguageModelVersion.objects.get(language_model__name="tiny", number=1)
    return [
        WorkshopJob.objects.create(
            kind="finetune",
            base=version,
            data=DataSetVersion.objects.get(),
            asked_by=colleague,
            message=secret(WorkshopJob),
        ),
        Export.objects.create(version=version, format="hf", asked_by=colleague, message=secret(Export)),
        Evaluation.objects.create(
            version=version, measures=["speed"], asked_by=colleague, message=secret(Evaluation)
        ),
        *_vote(site, colleague, version, secret),
    ]


def _vote(site: Site, colleague: User, version: LanguageModelVersion, secret: Secret) -> list[Model]:
    """A vote of the site's people with a ballot of one of them."""
    vote = BlindVote.objects.create(
        name=secret(BlindVote), first=version, second=version, state=BlindVote.State.DONE, asked_by=colleague
    )
    vote.sites.set([site])
    for number in (1, 2):
        question = BlindQuestion.objects.create(
            vote=vote, number=number, messages=[{"role": "user", "content": secret(BlindQuestion)}]
        )
    ballot = Ballot.objects.create(question=question, voter=colleague, choice="first", first_on_left=True)
    return [vote, question, ballot]
