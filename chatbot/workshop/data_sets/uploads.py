"""Files between the browser and the worker that reads them."""

import os
from collections.abc import Iterable
from pathlib import Path

from django.db import transaction

from accounts.models import User
from chatbot.workshop.data_sets import asking
from chatbot.workshop.models import DataJob, DataSet, DataSource

MOST_BYTES = 500_000_000


def keep_upload(
    data_set: DataSet,
    name: str,
    pieces: Iterable[bytes],
    *,
    licence: str,
    by: User | None,
    network: str = "",
    by_worker: bool = True,
) -> DataJob:
    """Keep a file and ask for its import; raises asking.AtWork, and OSError for lack of room."""
    source = DataSource(
        data_set=data_set, kind=DataSource.Kind.FILE, name=name[:200], licence=licence[:200], added_by=by
    )
    path = path_of(source)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            for piece in pieces:
                file.write(piece)
        with transaction.atomic():
            source.save()
            return asking.ask(
                data_set,
                DataJob.Kind.IMPORT,
                source=source,
                by=by,
                network=network,
                by_worker=by_worker,
            )
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def path_of(source: DataSource) -> Path:
    """Return where the bytes of a source lie until they are read; the ending says what they are."""
    suffix = Path(source.name).suffix.casefold()
    known = suffix if suffix in (".csv", ".tsv", ".jsonl", ".ndjson", ".json") else ""
    return source.data_set.folder / "uploads" / f"{source.public_id}{known}"
