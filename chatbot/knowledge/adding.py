"""Typed texts and uploaded files as documents of a source, and reading a document once more."""

from typing import BinaryIO

from django.db import transaction

from accounts.models import User, new_public_id
from chatbot.knowledge import uploads
from chatbot.knowledge.job_queue import ask
from chatbot.knowledge.models import Document, IndexJob, Source


@transaction.atomic
def put_text(source: Source, title: str, text: str, by: User | None = None, *, url: str = "") -> Document:
    """Store a typed text of the source: the one with this title is written over; the worker reads it."""
    document = source.documents.select_for_update().filter(title=title[:300]).first()
    if document is None:
        document = Document(source=source, site_id=source.site_id, title=title[:300])
    write_text(document, title, text, by, url=url)
    return document


@transaction.atomic
def write_text(document: Document, title: str, text: str, by: User | None = None, *, url: str = "") -> None:
    """Give a typed text another title, address and words; the worker reads it."""
    document.title, document.url, document.text = title[:300], url[:500], text.replace("\r\n", "\n")
    document.media_type = "text/markdown"
    document.size = len(document.text.encode())
    _wait(document)
    document.save()
    ask(document.source, by=by)


@transaction.atomic
def put_file(source: Source, name: str, content: BinaryIO, by: User | None = None) -> Document:
    """Keep an uploaded file as a document of the source; it takes the place of one of the same name.

    What the file is and whether it can be read is found out by the worker, and stands with the document.
    Raises OSError when there is no room.
    """
    name = name[-200:]
    document = source.documents.select_for_update().filter(file_name=name).first()
    if document is None:
        document = Document(
            source=source,
            site_id=source.site_id,
            public_id=new_public_id(),
            title=name.rpartition(".")[0] or name,
            file_name=name,
        )
    document.size = uploads.keep(document.public_id, content)
    _wait(document)
    document.save()
    ask(source, by=by)
    return document


@transaction.atomic
def read_again(document: Document, by: User | None = None) -> IndexJob:
    """Let the worker read a document once more, changed or not; its passages stay until then."""
    _wait(document)
    document.save(update_fields=["status", "sha256", "edition"])
    return ask(document.source, by=by)


def _wait(document: Document) -> None:
    document.status, document.sha256 = Document.Status.WAITING, ""
    document.edition = document.edition + 1 if document.pk else 1
