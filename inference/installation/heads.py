"""Sentiment heads on their way into the registry."""

import hashlib
import shutil
import tempfile
from pathlib import Path

from django.conf import settings
from django.db import transaction

from inference.installation.checksums import sha256_of
from inference.installation.errors import InstallationError
from inference.installation.json_files import read_json
from inference.installation.weights import inspect_weights
from inference.models import LanguageModel, LanguageModelVersion, ModelKind

HEAD_FILES = ("head.json", "weights.safetensors")


def register_head(folder: Path, *, source: str) -> LanguageModelVersion:
    """Copy a complete head folder to where models live, and record it as the next version, not active.

    Raises InstallationError for a folder that holds no head, and OSError where there is no room.
    """
    missing = [name for name in HEAD_FILES if not (folder / name).is_file()]
    if missing:
        raise InstallationError(f"The head is incomplete: {missing[0]} is missing.")
    weights, facts = inspect_weights(folder), read_json(folder / HEAD_FILES[0])
    name = str(facts.get("name") or "sentiment")
    path = f"{name}/{_digest(folder)[:12]}"
    _put_in_place(folder, Path(settings.MODELS_DIR) / path)
    with transaction.atomic():
        model, _created = LanguageModel.objects.get_or_create(
            name=name,
            defaults={
                "kind": ModelKind.SENTIMENT,
                "licence": str(facts.get("licence", ""))[:100],
                "languages": list(facts.get("languages", ())),
                "parameters": weights.parameters,
                "context_length": int(facts.get("max_tokens", 0)),
            },
        )
        if model.kind != ModelKind.SENTIMENT:
            raise InstallationError(f"Another model is already called {name}.")
        return LanguageModelVersion.objects.register(
            model, path=path, sha256=weights.sha256, size=weights.size, dtype=weights.dtype, source=source
        )


def _digest(folder: Path) -> str:
    """Return one checksum for a head: the same weights with another temperature are another head."""
    return hashlib.sha256("".join(sha256_of(folder / name) for name in HEAD_FILES).encode()).hexdigest()


def _put_in_place(folder: Path, final: Path) -> None:
    """Show the head's files under their folder's name in one step; a model server may read them at once."""
    if final.is_dir():
        return
    final.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=final.parent))
    try:
        for name in HEAD_FILES:
            shutil.copyfile(folder / name, partial / name)
        partial.chmod(0o755)
        partial.rename(final)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
