"""A vote between two versions whose answers are there, on the site of the cast."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

from accounts.models import Site, User
from chatbot.workshop.models import BlindQuestion, BlindVote
from inference.models import LanguageModel, LanguageModelVersion


@pytest.fixture(autouse=True)
def in_folders(folders: Path) -> None:
    """Every test here has folders of its own."""


@pytest.fixture
def versions(db: None, folders: Path) -> list[LanguageModelVersion]:
    model = LanguageModel.objects.create(name="tiny", parameters=1, context_length=512)
    found = []
    for number in (1, 2):
        (folders / "models" / f"v{number}").mkdir(parents=True)
        found.append(
            LanguageModelVersion.objects.register(
                model, path=f"v{number}", sha256=f"{number}" * 64, size=1, dtype="float32", source="test"
            )
        )
    return found


@pytest.fixture
def vote(site: Site, versions: list[LanguageModelVersion]) -> BlindVote:
    found = BlindVote.objects.create(
        name="Old or new", first=versions[0], second=versions[1], state=BlindVote.State.DONE
    )
    found.sites.set([site])
    for number in range(1, 7):
        BlindQuestion.objects.create(
            vote=found,
            number=number,
            messages=[{"role": "user", "content": f"Question {number}?"}],
            first_answer=f"old {number}",
            second_answer=f"new {number}",
        )
    return found


@pytest.fixture
def browser_of() -> Callable[[User], Client]:
    def sign_in(person: User) -> Client:
        browser = Client()
        browser.force_login(person)
        return browser

    return sign_in
