"""A folder that training wrote becomes a candidate in the registry, or is refused whole."""

import errno
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from inference.installation import trained
from inference.installation.errors import InstallationError
from inference.installation.manifest import read_manifest
from inference.installation.trained import MODEL_CARD, register_trained
from inference.models import LanguageModel, LanguageModelVersion, ModelKind
from tests.inference.installation.tiny_model import write_tiny_model

pytestmark = pytest.mark.django_db

RECIPE = {"job": "finetune", "seed": 3, "data_sha256": "d" * 64}


@pytest.fixture(autouse=True)
def own_models_folder(settings: LazySettings, tmp_path: Path) -> Path:
    settings.MODELS_DIR = tmp_path / "models"
    return tmp_path / "models"


@pytest.fixture
def parent(own_models_folder: Path) -> LanguageModelVersion:
    language_model = LanguageModel.objects.create(
        name="tiny", licence="MIT", languages=["en"], parameters=40, context_length=128
    )
    write_tiny_model(own_models_folder / "tiny" / "first")
    version = LanguageModelVersion.objects.register(
        language_model, path="tiny/first", sha256="a" * 64, size=1, dtype="float16", source="folder"
    )
    version.activate()
    return version


def made(folder: Path, seed: int = 1, **config: Any) -> Path:
    write_tiny_model(folder, seed=seed)
    facts = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps({**facts, **config}), encoding="utf-8")
    return folder


def test_weights_of_the_same_shape_are_the_next_version_of_the_same_model(
    tmp_path: Path, parent: LanguageModelVersion
):
    folder = made(tmp_path / "out")
    version = register_trained(folder, name="ignored", parent=parent, recipe=RECIPE, card="# Card\n")
    assert version.display_name == "tiny@2" and version.state == "candidate"
    assert version.parent == parent and version.recipe == RECIPE
    assert (version.folder / MODEL_CARD).read_text(encoding="utf-8") == "# Card\n"
    assert (version.folder / "model.safetensors").read_bytes() == (folder / "model.safetensors").read_bytes()
    manifest = read_manifest(version.folder)
    assert manifest is not None and (manifest.sha256, manifest.licence) == (version.sha256, "MIT")
    parent.refresh_from_db()
    assert parent.is_active


def test_another_shape_is_a_version_of_a_model_of_its_own(tmp_path: Path, parent: LanguageModelVersion):
    small = made(tmp_path / "small", num_hidden_layers=2, max_position_embeddings=64)
    version = register_trained(small, name="tiny-small", parent=parent, recipe=RECIPE, card="")
    assert version.display_name == "tiny-small@1" and version.parent == parent
    assert (version.language_model.parameters, version.language_model.context_length) == (40, 64)
    again = made(tmp_path / "again", seed=2, num_hidden_layers=2, max_position_embeddings=64)
    assert (
        str(register_trained(again, name="tiny-small", parent=parent, recipe=RECIPE, card=""))
        == "tiny-small@2"
    )
    smaller = made(tmp_path / "smaller", seed=3, num_hidden_layers=1)
    version = register_trained(smaller, name="tiny-small", parent=parent, recipe=RECIPE, card="")
    assert version.display_name == "tiny-small-2@1"
    unnamed = made(tmp_path / "unnamed", seed=4, hidden_size=7)
    assert str(register_trained(unnamed, parent=parent, recipe=RECIPE, card="")) == "tiny-finetune@1"


def test_the_same_weights_are_recorded_once(tmp_path: Path, parent: LanguageModelVersion):
    folder = made(tmp_path / "out")
    first = register_trained(folder, parent=parent, recipe=RECIPE, card="")
    assert register_trained(folder, parent=parent, recipe=RECIPE, card="") == first
    (first.folder / "installation.json").unlink()
    assert register_trained(folder, parent=parent, recipe=RECIPE, card="") == first
    assert read_manifest(first.folder) is not None


def pickled(folder: Path) -> None:
    (folder / "training_args.bin").write_bytes(b"\x80\x04")


def coded(folder: Path) -> None:
    (folder / "modeling_own.py").write_text("", encoding="utf-8")


def remote(folder: Path) -> None:
    made(folder, auto_map={"AutoModel": "own.Own"})


def cut_short(folder: Path) -> None:
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[:-1])


def without_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()


def of_another_kind(folder: Path) -> None:
    made(folder, architectures=["BertModel"])


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (pickled, "pickle file .training_args.bin."),
        (coded, "brings its own code"),
        (remote, "asks for code from outside"),
        (cut_short, "not a complete safetensors file"),
        (without_tokenizer, "no tokenizer file"),
        (of_another_kind, "of the kind “encoder”"),
    ],
)
def test_what_is_unsafe_or_broken_is_refused_and_leaves_nothing(
    tmp_path: Path,
    own_models_folder: Path,
    parent: LanguageModelVersion,
    spoil: Callable[[Path], None],
    sentence: str,
):
    folder = made(tmp_path / "out")
    spoil(folder)
    with pytest.raises(InstallationError, match=sentence):
        register_trained(folder, parent=parent, recipe=RECIPE, card="")
    assert LanguageModelVersion.objects.get() == parent
    assert [path.name for path in (own_models_folder / "tiny").iterdir()] == ["first"]


def test_a_full_disk_leaves_nothing_half_written(
    tmp_path: Path,
    own_models_folder: Path,
    parent: LanguageModelVersion,
    monkeypatch: pytest.MonkeyPatch,
):
    def full(source: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(trained, "place_copy", full)
    with pytest.raises(InstallationError, match="the disk is full"):
        register_trained(
            made(tmp_path / "out", num_hidden_layers=1), name="new", parent=parent, recipe=RECIPE, card=""
        )
    assert LanguageModel.objects.get(kind=ModelKind.LANGUAGE) == parent.language_model
    assert not [path for path in own_models_folder.iterdir() if path.name not in ("tiny",) and path.is_dir()]
