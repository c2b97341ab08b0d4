"""Deleting versions that nobody needs any more, with their files."""

import shutil
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import ProtectedError, RestrictedError
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.models import User
from inference.installation.errors import InstallationError
from inference.installation.heads import base_of
from inference.models import LanguageModelVersion, ModelKind, TransitionRefused, lock_models


def obstacle(version: LanguageModelVersion) -> str:
    """Why `version` may not be deleted, in a sentence; nothing where it may."""
    states = LanguageModelVersion.State
    if version.state in (states.ACTIVE, states.CANARY):
        return _("%(version)s answers visitors. Let another version answer first.") % {"version": version}
    child = version.children.select_related("language_model").first()
    if child is not None:
        words = _("%(child)s was made of %(version)s. Delete that first, so that it can be told what it is.")
        return words % {"child": child, "version": version}
    if version.kind == ModelKind.ENCODER:
        if any(served.pk == version.pk for served in LanguageModelVersion.objects.encoders()):
            return _("%(version)s is served beside the active encoder.") % {"version": version}
        if head := _head_on(version):
            return _("The sentiment head %(head)s needs %(version)s.") % {"head": head, "version": version}
    return ""


def delete(version: LanguageModelVersion, *, by: User | None, network: str = "") -> int:
    """Delete the version and its files; return how many bytes that frees. Raises TransitionRefused."""
    with transaction.atomic():
        lock_models(version.kind)
        version.refresh_from_db(fields=["state"])
        if why := obstacle(version):
            raise TransitionRefused(why)
        folder, language_model = version.folder, version.language_model
        shared = LanguageModelVersion.objects.filter(path=version.path).exclude(pk=version.pk).exists()
        record("language_model.deleted", by=by, about=version, network=network, sha256=version.sha256)
        try:
            version.delete()
        except (ProtectedError, RestrictedError) as error:
            words = _("%(version)s is still named by a job, an evaluation or a run, which keeps it.")
            raise TransitionRefused(words % {"version": version}) from error
        if not language_model.versions.exists():
            language_model.delete()
    return 0 if shared else _remove(folder)


def _remove(folder: Path) -> int:
    """Delete a folder below the models; a server that still reads its files keeps them open."""
    models_dir = Path(settings.MODELS_DIR).resolve()
    if not folder.is_dir() or models_dir not in folder.resolve().parents:
        return 0
    freed = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    shutil.rmtree(folder, ignore_errors=True)
    return freed


def _head_on(encoder: LanguageModelVersion) -> LanguageModelVersion | None:
    heads = LanguageModelVersion.objects.filter(kind=ModelKind.SENTIMENT).select_related("language_model")
    for head in heads:
        try:
            if base_of(head) == encoder:
                return head
        except InstallationError:
            continue
    return None
