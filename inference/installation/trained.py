"""What the workshop made, in the registry: a complete folder becomes a candidate below the models."""

from __future__ import annotations

import errno
import itertools
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from inference.installation.errors import InstallationError
from inference.installation.inspection import config_of, context_length_of, kind_of, require_tokenizer
from inference.installation.json_files import read_json, write_json
from inference.installation.manifest import MANIFEST, Manifest, read_manifest
from inference.installation.progress import Reporter
from inference.installation.safety import require_safe_model
from inference.installation.targets import NAME
from inference.installation.weights import Weights, inspect_weights
from inference.installation.workspace import place_copy, require_space, workspace
from inference.models import LanguageModel, LanguageModelVersion

MODEL_CARD = "MODEL_CARD.md"
ENCODER_FACTS = "encoder.json"

_FLOATS = ("float", "bfloat")
# What of config.json makes a network another one; the rest is about how it was stored or last used.
_SHAPE = (
    "architectures",
    "model_type",
    "hidden_size",
    "intermediate_size",
    "num_hidden_layers",
    "num_attention_heads",
    "num_key_value_heads",
    "vocab_size",
    "max_position_embeddings",
    "shared_layers",
)


@dataclass(frozen=True, slots=True)
class _Found:
    """A folder that was inspected: what its weights are, and the longest text that the model reads."""

    folder: Path
    weights: Weights
    context_length: int


def register_trained(
    folder: Path, *, name: str = "", parent: LanguageModelVersion, recipe: Mapping[str, Any], card: str
) -> LanguageModelVersion:
    """Put a finished folder below the models and record it as a candidate that was made of `parent`.

    A network of the parent's shape and size is the next version of the parent's model. Any other one, a
    distilled or a pruned one say, is a version of a model called `name` (or after the parent and the job of
    the recipe), which is made where there is none; where `name` belongs to yet another network, a number
    is added to it. The same weights are recorded once: their version is returned as it is.

    Nobody may write to `folder` afterwards, since its files are not doubled where they need not be; it may
    be deleted. Raises InstallationError with one sentence, and leaves nothing behind then.
    """
    require_safe_model(folder)
    kind = kind_of(folder)
    if kind != parent.kind:
        raise InstallationError(
            f"{parent.display_name} is of the kind “{parent.kind}”, "
            f"and what was made of it is of the kind “{kind}”."
        )
    require_tokenizer(folder)
    found = _Found(folder, inspect_weights(folder), context_length_of(folder))
    same = LanguageModelVersion.objects.filter(kind=kind, sha256=found.weights.sha256).first()
    if same is not None:
        if read_manifest(same.folder) is None:
            _put_in_place(found, same.language_model, Path(same.path), same.source, card)
        return same
    language_model = _language_model(found, name or f"{parent.language_model.name}-{_job(recipe)}", parent)
    path = Path(language_model.name) / found.weights.sha256[:12]
    source = f"{_job(recipe)} of {parent.display_name}"
    # Before the transaction: large files take long to copy, and nobody else could write meanwhile.
    _put_in_place(found, language_model, path, source, card)
    with transaction.atomic():
        if language_model.pk is None:
            language_model.save()
        return LanguageModelVersion.objects.register(
            language_model,
            path=path.as_posix(),
            sha256=found.weights.sha256,
            size=found.weights.size,
            dtype=found.weights.dtype,
            source=source,
            state=LanguageModelVersion.State.CANDIDATE,
            parent=parent,
            recipe=dict(recipe),
        )


def _job(recipe: Mapping[str, Any]) -> str:
    return str(recipe.get("job") or "training")


def _files(folder: Path) -> Iterator[Path]:
    return (file for file in sorted(folder.rglob("*")) if file.is_file() and file.name != MANIFEST)


def _language_model(found: _Found, name: str, parent: LanguageModelVersion) -> LanguageModel:
    """The parent's model, or the first of `name`, `name-2`, ... that is free (then not saved) or alike."""
    if _is_alike(found, parent):
        return parent.language_model
    origin = parent.language_model
    if not NAME.fullmatch(name) or len(name) > 90:
        raise InstallationError(
            f"“{name}” cannot be a model's name: give one of letters, digits, dots and hyphens."
        )
    for count in itertools.count(1):
        wanted = name if count == 1 else f"{name}-{count}"
        known = LanguageModel.objects.filter(name=wanted).first()
        if known is None:
            return LanguageModel(
                name=wanted,
                kind=origin.kind,
                licence=origin.licence,
                languages=origin.languages,
                parameters=found.weights.parameters,
                context_length=found.context_length,
            )
        newest = known.versions.order_by("-number").first()
        if known.kind == origin.kind and newest is not None and _is_alike(found, newest):
            return known
    raise AssertionError("Numbers do not end.")


def _is_alike(found: _Found, version: LanguageModelVersion) -> bool:
    """Whether a version's network has the shape of the one found, and as many weights.

    Packed weights cannot be counted, so that only the shape counts for them.
    """
    if not version.folder.is_dir() or _shape(found.folder) != _shape(version.folder):
        return False
    before = inspect_weights(version.folder, checksum=False)
    packed = not (before.dtype.startswith(_FLOATS) and found.weights.dtype.startswith(_FLOATS))
    return packed or before.parameters == found.weights.parameters


def _shape(folder: Path) -> dict[str, Any]:
    config = config_of(folder)
    return {key: config.get(key) for key in _SHAPE}


def _put_in_place(found: _Found, language_model: LanguageModel, path: Path, source: str, card: str) -> None:
    """Show the whole folder under its name in one step; the manifest is the last file in it."""
    models_dir = Path(settings.MODELS_DIR)
    with workspace(models_dir, f"trained-{found.weights.sha256[:12]}", Reporter(print, quiet=True)) as work:
        copy = work / "folder"
        copy.mkdir()
        try:
            require_space(work, sum(file.stat().st_size for file in _files(found.folder)))
            for file in _files(found.folder):
                place_copy(file, copy / file.relative_to(found.folder))
            (copy / MODEL_CARD).unlink(missing_ok=True)
            (copy / MODEL_CARD).write_text(card, encoding="utf-8")
            _name_encoder(copy, language_model)
            Manifest(
                name=language_model.name,
                kind=kind_of(copy),
                hub_id=language_model.hub_id,
                licence=language_model.licence,
                languages=tuple(language_model.languages),
                parameters=language_model.parameters,
                context_length=language_model.context_length,
                sha256=found.weights.sha256,
                size=found.weights.size,
                dtype=found.weights.dtype,
                source=source,
            ).write(copy)
            final = models_dir / path
            final.parent.mkdir(parents=True, exist_ok=True)
            if final.exists():
                final.rename(work / "replaced")
            os.rename(copy, final)
        except OSError as error:
            why = (
                "the disk is full"
                if error.errno == errno.ENOSPC
                else error.strerror or "it cannot be written"
            )
            raise InstallationError(
                f"The model that was made cannot be put below the models: {why}. "
                "Free some space and start the job again; it goes on from its last checkpoint."
            ) from error


def _name_encoder(folder: Path, language_model: LanguageModel) -> None:
    """Write the model's own name into an encoder's facts, which training took over from its parent."""
    path = folder / ENCODER_FACTS
    if path.is_file():
        facts = read_json(path)
        path.unlink()
        write_json(path, {**facts, "name": language_model.name})
