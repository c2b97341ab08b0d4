"""A vote between two versions whose answers are there, on the site of the cast."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from accounts.models import Site, User
from chatbot.workshop.models import BlindQuestion, BlindVote
from inference.models import LanguageModel, LanguageModelVersion


@pytest.fixture(scope="session")
def kernels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The engine's kernels are compiled once for all tests."""
    return tmp_path_factory.mktemp("kernels")


@pytest.fixture(autouse=True)
def folders(settings: LazySettings, tmp_path: Path, kernels: Path) -> Path:
    """What votes and models keep on disk lies in the test's folder."""
    settings.DATA_DIR = tmp_path
    settings.WORKSHOP_DIR = tmp_path / "workshop"
    settings.MODELS_DIR = tmp_path / "models"
    settings.INFERENCE_PRECISION = "fp32"
    (tmp_path / "kernels").symlink_to(kernels)
    return tmp_path


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
