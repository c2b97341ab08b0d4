"""The database's record of an installed folder."""

from django.db import transaction

from inference.installation.errors import InstallationError
from inference.installation.manifest import Manifest, read_manifest
from inference.installation.preparation import Prepared
from inference.installation.targets import Target
from inference.models import LanguageModel, LanguageModelVersion, ModelKind


def installed_version(target: Target, source: str | None = None) -> LanguageModelVersion | None:
    """The newest version of the target whose folder is still complete, from this kind of source if given."""
    versions = LanguageModelVersion.objects.select_related("language_model").filter(
        language_model__name=target.name, source__startswith=source or ""
    )
    for version in versions.order_by("-number"):
        if read_manifest(version.folder) is not None:
            return version
    return None


def register(prepared: Prepared) -> LanguageModelVersion:
    """Record the folder as a version of its model; the same weights are recorded once."""
    manifest = prepared.manifest
    with transaction.atomic():
        language_model = _language_model(manifest)
        same = language_model.versions.filter(sha256=manifest.sha256).first()
        if same is not None:
            return same
        return LanguageModelVersion.objects.register(
            language_model,
            path=prepared.path,
            sha256=manifest.sha256,
            size=manifest.size,
            dtype=manifest.dtype,
            source=manifest.source,
        )


def activate(version: LanguageModelVersion, wish: bool | None) -> bool:
    """Activate as wished; without a wish only where no complete one of its kind is. True where it changed."""
    if wish is False or version.is_active:
        return False
    active = LanguageModelVersion.objects.active(ModelKind(version.kind))
    if wish is None and active is not None and read_manifest(active.folder) is not None:
        return False
    version.activate()
    return True


def _language_model(manifest: Manifest) -> LanguageModel:
    language_model, _created = LanguageModel.objects.get_or_create(
        name=manifest.name,
        defaults={
            "kind": manifest.kind,
            "hub_id": manifest.hub_id,
            "licence": manifest.licence,
            "languages": list(manifest.languages),
            "parameters": manifest.parameters,
            "context_length": manifest.context_length,
        },
    )
    if language_model.kind != manifest.kind or language_model.hub_id != manifest.hub_id:
        raise InstallationError(
            f"Another model is already called {manifest.name}; choose a name with --name."
        )
    return language_model
