import io
import json
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from inference.installation.heads import register_head
from inference.models import LanguageModel, LanguageModelVersion, ModelKind
from tests.inference.tiny_sentiment import SHA256, head, write_encoder, write_labels

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_data_folder(settings: LazySettings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path / "data"
    settings.MODELS_DIR = settings.DATA_DIR / "models"


@pytest.fixture
def active_head(settings: LazySettings, tmp_path: Path) -> LanguageModelVersion:
    """A head, and the encoder that it changes, as installation leaves them."""
    folder = write_encoder(Path(settings.MODELS_DIR) / "tiny" / "1")
    version = register_head(written(tmp_path / "head"))
    manifest = json.loads((version.folder / "installation.json").read_text(encoding="utf-8"))
    manifest |= {"name": "tiny", "kind": "encoder", "sha256": SHA256}
    (folder / "installation.json").write_text(json.dumps(manifest), encoding="utf-8")
    encoder = LanguageModel.objects.create(
        name="tiny", kind=ModelKind.ENCODER, parameters=1, context_length=8
    )
    LanguageModelVersion.objects.register(
        encoder, path="tiny/1", sha256=SHA256, size=1, dtype="float32", source="folder"
    ).activate()
    return version


def written(folder: Path) -> Path:
    head().write(folder)
    return folder


def train(*arguments: str | Path) -> str:
    output = io.StringIO()
    call_command("trainsentiment", *(str(each) for each in arguments), "--threads", "1", stdout=output)
    return output.getvalue()


def test_labelled_messages_make_a_version_that_waits(active_head: LanguageModelVersion, tmp_path: Path):
    labels, figures = write_labels(tmp_path / "labels.jsonl", 90), tmp_path / "figures.json"
    output = train("--labels", labels, "--json", figures)

    assert "Epoch 4 of 4 is done." in output and "After: accuracy" in output
    assert "Recorded sentiment@2, which is not active." in output
    version = LanguageModelVersion.objects.named("sentiment@2")
    assert version is not None and version.source == str(labels)
    assert LanguageModelVersion.objects.active(ModelKind.SENTIMENT) == active_head
    written = json.loads(figures.read_text(encoding="utf-8"))
    assert written["version"] == "sentiment@2" and written["after"]["rows"] == 9


def test_bad_labels_are_refused_and_nothing_is_recorded(active_head: LanguageModelVersion, tmp_path: Path):
    (tmp_path / "labels.jsonl").write_text('{"text": "a", "label": "happy"}\n', encoding="utf-8")
    with pytest.raises(CommandError, match="line 1: the label “happy” is none of") as error:
        train("--labels", tmp_path / "labels.jsonl")
    assert error.value.returncode == 2
    assert LanguageModelVersion.objects.filter(kind=ModelKind.SENTIMENT).count() == 1
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == ["models"]


def test_missing_data_sets_are_named_with_where_they_come_from(
    active_head: LanguageModelVersion, tmp_path: Path
):
    with pytest.raises(CommandError, match=r"hutto_ICWSM_2014.tar.gz is missing: vader_gt comes from github"):
        train("--sources", tmp_path / "nowhere")


def test_without_a_head_or_an_encoder_there_is_nothing_to_train(tmp_path: Path):
    labels = write_labels(tmp_path / "labels.jsonl")
    with pytest.raises(CommandError, match="No sentiment head is active yet"):
        train("--labels", labels)
    with pytest.raises(CommandError, match="No encoder is active"):
        train("--sources", tmp_path)
    register_head(written(tmp_path / "head"))
    with pytest.raises(CommandError, match="The encoder that sentiment@1 needs is not installed"):
        train("--labels", labels)
    with pytest.raises(CommandError, match="No sentiment head is called sentiment@7"):
        train("--labels", labels, "--head", "sentiment@7")
