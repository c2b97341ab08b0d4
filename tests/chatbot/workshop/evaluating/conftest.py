"""Two versions, a data set, a queue that only notes what it is told, and evaluations with known rows."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from django.utils import timezone

from chatbot.workshop.evaluating.asking import ask
from chatbot.workshop.models import DataSet, DataSetVersion, Evaluation, sha256_of
from inference import telling_worker
from inference.models import LanguageModel, LanguageModelVersion
from inference.training.evaluate.resampling import estimate
from inference.training.evaluate.rows import Row, write_rows
from inference.training.evaluate.scores import matrix_of
from tests.inference.training.language.tiny_training import write_base, write_data

CONDITIONS = {"machine": "a lathe", "cores": 2, "threads": 1, "precision": "int8"}


@pytest.fixture(autouse=True)
def in_folders(folders: Path) -> None:
    """Every test here has folders of its own."""


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the worker was told of, instead of a queue."""
    told: list[str] = []
    monkeypatch.setattr(telling_worker, "_send", lambda _task, public_id: told.append(public_id))
    return told


@pytest.fixture
def make_version(db: None, folders: Path) -> Callable[..., LanguageModelVersion]:
    def make(kind: str = "language") -> LanguageModelVersion:
        model, _made = LanguageModel.objects.get_or_create(
            name="tiny" if kind == "language" else kind,
            defaults={"kind": kind, "parameters": 1, "context_length": 512},
        )
        number = model.versions.count() + 1
        write_base(folders / "models" / f"{kind}{number}")
        return LanguageModelVersion.objects.register(
            model, path=f"{kind}{number}", sha256=f"{number}" * 64, size=1, dtype="float32", source="test"
        )

    return make


@pytest.fixture
def version(make_version: Callable[..., LanguageModelVersion]) -> LanguageModelVersion:
    return make_version()


@pytest.fixture
def other_version(
    version: LanguageModelVersion, make_version: Callable[..., LanguageModelVersion]
) -> LanguageModelVersion:
    return make_version()


@pytest.fixture
def data(db: None, folders: Path) -> DataSetVersion:
    """Twelve held-back dialogues."""
    data_set = DataSet.objects.create(name="service")
    found = DataSetVersion.objects.create(data_set=data_set, number=1, counts={"test": 12})
    write_data(found.folder, test=12)
    found.sha256 = sha256_of(found.folder)
    found.save()
    return found


@pytest.fixture
def evaluation(version: LanguageModelVersion, data: DataSetVersion, told: list[str]) -> Evaluation:
    return ask(version, measures=["perplexity", "refusals"], data=data, most_examples=6, by=None)


def finished(
    version: LanguageModelVersion,
    values: dict[str, Sequence[float]],
    *,
    on: str = "data",
    conditions: dict[str, object] | None = None,
    data: DataSetVersion | None = None,
) -> Evaluation:
    """Store a finished evaluation whose examples gave these values, by the name of the figure."""
    evaluation = Evaluation.objects.create(
        version=version,
        data=data,
        measures=["likeness"],
        state=Evaluation.State.DONE,
        message="measured",
        conditions=CONDITIONS if conditions is None else conditions,
        finished_at=timezone.now(),
    )
    rows = [
        Row("likeness", f"{place}", {name: [value, 1.0]}, {"question": "?", "answer": f"{value}"})
        for name, numbers in values.items()
        for place, value in enumerate(numbers)
    ]
    for name in values:
        guess = estimate(name, matrix_of(rows, name)[1])
        evaluation.figures[name] = {
            **{"value": guess.value, "low": guess.low, "high": guess.high},
            **{"n": guess.n, "on": on},
        }
    evaluation.save()
    evaluation.folder.mkdir(parents=True)
    write_rows(rows, evaluation.per_example)
    return evaluation
