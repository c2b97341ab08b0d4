"""What a person does with exports: ask for one, and take its file away again."""

import shutil

from django.db import IntegrityError, transaction

from accounts.audit import record
from accounts.models import User
from chatbot.workshop.models import Export
from inference.exporting import NotExported, formats_of
from inference.models import LanguageModelVersion
from inference.telling_worker import tell_worker

TASK = "chatbot.workshop.exports.tasks.run_export"


class AlreadyAsked(Exception):
    """An export of this version in this format waits or is at work; `export` is that one."""

    def __init__(self, export: Export) -> None:
        super().__init__(export.public_id)
        self.export = export


def ask(version: LanguageModelVersion, format: str, *, by: User | None, network: str = "") -> Export:
    """Ask the worker for an export; raises AlreadyAsked, and NotExported for a format of another kind."""
    if format not in formats_of(version):
        raise NotExported("wrong_format", ", ".join(formats_of(version)))
    try:
        with transaction.atomic():
            export = Export.objects.create(version=version, format=format, asked_by=by, message="waiting")
            record(
                "workshop.export_asked",
                by=by,
                about=export,
                network=network,
                version=version.display_name,
                format=format,
            )
            transaction.on_commit(lambda: tell_worker(TASK, export.public_id))
    except IntegrityError:
        same = Export.objects.unfinished().filter(version=version, format=format).first()
        if same is None:
            raise
        raise AlreadyAsked(same) from None
    return export


def note_download(export: Export, *, by: User | None, network: str = "") -> None:
    """Put on the record that somebody took the file."""
    record("workshop.export_downloaded", by=by, about=export, network=network, file=export.file_name)


def remove(export: Export, *, by: User | None, network: str = "") -> bool:
    """Delete the export's file before its time; tell whether there was one."""
    with transaction.atomic():
        if not Export.objects.filter(pk=export.pk).exclude(sha256="").update(sha256="", message="removed"):
            return False
        record("workshop.export_removed", by=by, about=export, network=network, file=export.file_name)
        transaction.on_commit(lambda: shutil.rmtree(export.folder, ignore_errors=True))
    return True
