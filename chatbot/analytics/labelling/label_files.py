"""Labelled files between the browser and the database: kept as drafts, imported whole or not at all."""

import contextlib
import hashlib
import os
import time
from pathlib import Path

from django.conf import settings
from django.db import transaction

from accounts.audit import record
from accounts.models import Site, User
from chatbot.analytics.labelling.label_reading import Reading, Report, read_labels
from chatbot.analytics.labelling.label_tables import BadFile, Table, read_table
from chatbot.analytics.models import LabelledFile, LabelledText

State = LabelledFile.State
_BATCH = 1000
# A draft that nobody imported in this time goes, with its row.
_DRAFT_SECONDS = 24 * 3600


class DraftGone(Exception):
    """The file's bytes are not there any more: it has to be uploaded again."""


def keep_draft(name: str, content: bytes, *, by: User | None, site: Site | None = None) -> LabelledFile:
    """Keep a file until somebody says what its columns mean; raises BadFile, and OSError for lack of room."""
    read_table(content)
    draft = LabelledFile(
        name=name[:200], site=site, uploaded_by=by, sha256=hashlib.sha256(content).hexdigest()
    )
    path = _path_of(draft)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        draft.save()
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return draft


def table_of(draft: LabelledFile) -> Table:
    """Return the table that a draft holds; raises DraftGone and BadFile."""
    try:
        return read_table(_path_of(draft).read_bytes())
    except FileNotFoundError:
        raise DraftGone(draft.public_id) from None


def import_draft(draft: LabelledFile, reading: Reading, *, by: User | None, network: str = "") -> Report:
    """Store all texts of a draft, read so, and return what was found.

    Raises BadFile and DraftGone with nothing stored, also where the draft was imported meanwhile.
    """
    report = read_labels(table_of(draft), reading)
    with transaction.atomic():
        mapping = {
            "text": reading.text,
            "label": reading.label,
            "language": reading.language,
            "labels": dict(reading.words),
        }
        changed = LabelledFile.objects.filter(pk=draft.pk, state=State.DRAFT).update(
            state=State.IMPORTED, mapping=mapping, left_out=report.left_out()
        )
        if not changed:
            raise DraftGone(draft.public_id)
        texts = (
            LabelledText(file=draft, line=text.line, text=text.text, label=text.label, language=text.language)
            for text in report.texts
        )
        LabelledText.objects.bulk_create(texts, batch_size=_BATCH)
        record(
            "sentiment.labels_imported",
            by=by,
            site=draft.site,
            about=draft,
            network=network,
            texts=len(report.texts),
        )
        transaction.on_commit(lambda: _forget(draft), robust=True)
    draft.refresh_from_db()
    return report


def remove(file: LabelledFile, *, by: User | None, network: str = "") -> None:
    """Delete a file with its texts. Heads that have learnt from them stay as they are."""
    with transaction.atomic():
        if file.state == State.IMPORTED:
            texts = file.texts.count()
            record(
                "sentiment.labels_removed", by=by, site=file.site, about=file, network=network, texts=texts
            )
        _forget(file)
        file.delete()


def forget_old_drafts() -> int:
    """Delete drafts that nobody imported within a day, and bytes without a draft; return how many files."""
    before, forgotten = time.time() - _DRAFT_SECONDS, 0
    with contextlib.suppress(FileNotFoundError):
        for path in list(_folder().iterdir()):
            if path.stat().st_mtime < before:
                LabelledFile.objects.filter(public_id=path.name, state=State.DRAFT).delete()
                path.unlink(missing_ok=True)
                forgotten += 1
    return forgotten


def _folder() -> Path:
    return Path(settings.LABELLING_DIR) / "drafts"


def _path_of(file: LabelledFile) -> Path:
    return _folder() / file.public_id


def _forget(file: LabelledFile) -> None:
    _path_of(file).unlink(missing_ok=True)


__all__ = [
    "BadFile",
    "DraftGone",
    "forget_old_drafts",
    "import_draft",
    "keep_draft",
    "remove",
    "table_of",
]
