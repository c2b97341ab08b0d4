"""`manage.py exportmodel` writes a version for other programs, and what it wrote installs again."""

import json

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AuditEntry
from inference.models import LanguageModel, LanguageModelVersion
from tests.inference.engine.tiny import write_model

pytestmark = pytest.mark.django_db


@pytest.fixture
def version(settings, tmp_path):
    settings.DATA_DIR = tmp_path / "data"
    settings.MODELS_DIR = tmp_path / "data" / "models"
    write_model(settings.MODELS_DIR / "tiny" / "first")
    model = LanguageModel.objects.create(name="tiny", parameters=1, context_length=512)
    return LanguageModelVersion.objects.register(
        model, path="tiny/first", sha256="1" * 64, size=1, dtype="float32", source="test"
    )


def test_a_folder_is_written_and_installs_again(version, tmp_path, capsys):
    call_command("exportmodel", "tiny@1", "--format", "hf", "--out", str(tmp_path / "tiny-again"))

    assert "Exported tiny@1" in capsys.readouterr().out
    entry = AuditEntry.objects.get(kind="language_model.exported")
    assert (entry.about_name, entry.all_data["file"]) == ("tiny@1", "tiny-again")
    call_command("installmodel", str(tmp_path / "tiny-again"), "--json", str(tmp_path / "told.json"))
    (told,) = json.loads((tmp_path / "told.json").read_text())
    assert told["version"] == "tiny-again@1"


def test_what_cannot_be_is_said_in_one_sentence_and_writes_nothing(version, tmp_path):
    with pytest.raises(CommandError, match="tiny@1 can be exported as hf, gguf only"):
        call_command("exportmodel", "tiny@1", "--format", "onnx", "--out", str(tmp_path / "out"))
    with pytest.raises(CommandError, match="No version is called none. There are: tiny@1."):
        call_command("exportmodel", "none", "--format", "hf", "--out", str(tmp_path / "out"))
    (tmp_path / "there").write_text("mine")
    with pytest.raises(CommandError, match="is there already"):
        call_command("exportmodel", "tiny", "--format", "gguf", "--out", str(tmp_path / "there"))

    assert not (tmp_path / "out").exists() and (tmp_path / "there").read_text() == "mine"
