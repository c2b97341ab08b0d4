"""Sentiment heads in the registry: folders below the models, beside the encoders that they change."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from django.conf import settings
from django.db import transaction

from inference.engine.sentiment_facts import HeadError, HeadFacts, read_facts
from inference.installation.checksums import sha256_of
from inference.installation.errors import InstallationError
from inference.installation.headers import read_header
from inference.installation.manifest import Manifest, read_manifest
from inference.installation.safety import refuse_links_out
from inference.models import LanguageModel, LanguageModelVersion, ModelKind

SHIPPED_HEAD = Path(__file__).resolve().parents[1] / "heads" / "sentiment"
HEAD_NAME = "sentiment"
SHIPPED = "Parley"
_FILES = ("head.json", "weights.safetensors")


def register_head(folder: Path, source: str = "", activate: bool | None = None) -> LanguageModelVersion:
    """Copy a head's folder below the models and record it as the next version of the sentiment head.

    The same head is recorded once. Without a wish it is activated only where no head is active. Raises
    InstallationError where the folder holds no head.
    """
    facts, sha256 = _facts(folder)
    with transaction.atomic():
        language_model = _language_model(facts)
        version = language_model.versions.filter(sha256=sha256).first()
        if version is None or read_manifest(version.folder) is None:
            path = _put_in_place(folder, facts, sha256, source)
            version = version or LanguageModelVersion.objects.register(
                language_model,
                path=path,
                sha256=sha256,
                size=_size(folder),
                dtype="float16",
                source=source,
            )
        if activate or (
            activate is None and LanguageModelVersion.objects.active(ModelKind.SENTIMENT) is None
        ):
            version.activate()
    return version


def register_shipped_head() -> LanguageModelVersion:
    """Record the head that comes with Parley, which changes nothing when done twice.

    It becomes the active one where no head is, or where an earlier release's shipped head was until now.
    Raises InstallationError.
    """
    known = LanguageModelVersion.objects.filter(kind=ModelKind.SENTIMENT).count()
    version = register_head(SHIPPED_HEAD, source=SHIPPED)
    active = LanguageModelVersion.objects.active(ModelKind.SENTIMENT)
    is_new = LanguageModelVersion.objects.filter(kind=ModelKind.SENTIMENT).count() > known
    if is_new and active is not None and active.source == SHIPPED:
        version.activate()
    return version


def base_of(head: LanguageModelVersion) -> LanguageModelVersion | None:
    """The installed version of the encoder that the head changes, or None where there is none.

    That is the one that the head was trained on, to the last bit, or else the newest. Raises
    InstallationError where the head's folder is gone.
    """
    facts, _sha256 = _facts(head.folder)
    versions = LanguageModelVersion.objects.filter(
        kind=ModelKind.ENCODER, language_model__name=facts.base
    ).select_related("language_model")
    there = [version for version in versions if read_manifest(version.folder) is not None]
    exact = (version for version in there if version.sha256 == facts.base_sha256)
    return next(exact, there[0] if there else None)


def lacks_exact_base(head: LanguageModelVersion) -> str:
    """The name of the encoder that the head was trained on where that very one is missing, else nothing.

    Raises InstallationError where the head's folder is gone.
    """
    facts, _sha256 = _facts(head.folder)
    base = base_of(head)
    return "" if base is not None and base.sha256 == facts.base_sha256 else facts.base


def _facts(folder: Path) -> tuple[HeadFacts, str]:
    """What head.json says, and one checksum over both files: a head may differ from another by either."""
    try:
        refuse_links_out(folder)
        facts = read_facts(folder)
        read_header(folder / "weights.safetensors")
        listing = "".join(f"{sha256_of(folder / name)}  {name}\n" for name in _FILES)
    except HeadError as error:
        raise InstallationError(str(error)) from error
    except OSError as error:
        raise InstallationError(f"{folder} is no complete sentiment head.") from error
    return facts, hashlib.sha256(listing.encode()).hexdigest()


def _language_model(facts: HeadFacts) -> LanguageModel:
    language_model, _created = LanguageModel.objects.get_or_create(
        name=HEAD_NAME,
        defaults={
            "kind": ModelKind.SENTIMENT,
            "licence": facts.licence,
            "languages": list(facts.languages),
            "parameters": 0,
            "context_length": facts.max_tokens,
        },
    )
    if language_model.kind != ModelKind.SENTIMENT:
        raise InstallationError(f"A model that is no sentiment head is already called {HEAD_NAME}.")
    return language_model


def _put_in_place(folder: Path, facts: HeadFacts, sha256: str, source: str) -> str:
    """Copy the head's files, the manifest last: without it the folder is not installed."""
    path = f"{HEAD_NAME}/{sha256[:12]}"
    target = Path(settings.MODELS_DIR) / path
    target.mkdir(parents=True, exist_ok=True)
    for name in _FILES:
        if (folder / name).resolve() != (target / name).resolve():
            shutil.copyfile(folder / name, target / name)
    Manifest(
        name=HEAD_NAME,
        kind="sentiment",
        hub_id="",
        licence=facts.licence,
        languages=facts.languages,
        parameters=0,
        context_length=facts.max_tokens,
        sha256=sha256,
        size=_size(folder),
        dtype="float16",
        source=source,
    ).write(target)
    return path


def _size(folder: Path) -> int:
    return sum((folder / name).stat().st_size for name in _FILES)
