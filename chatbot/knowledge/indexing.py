"""From what a document says to the passages that are searched, all of them or none."""

from collections.abc import Callable

import numpy as np
from django.db import transaction
from django.utils import timezone

from chatbot.knowledge.document_reading import Reading
from chatbot.knowledge.models import Document, Passage
from chatbot.knowledge.passage_text import passage_text
from chatbot.knowledge.vectors import Encoded, encode_passages, note_changes, store_vectors
from inference.encoding import EncoderUnavailable

_QUESTION_CHARACTERS = 1000
_TEXTS_AT_A_TIME = 128


class Outdated(Exception):
    """The document was removed or changed while it was read; whoever changed it has asked for another job."""


def index(
    document: Document, reading: Reading, on_progress: Callable[[int, int], None] = lambda done, of: None
) -> bool:
    """Make `reading` what is searched of `document`, and return whether that changed anything.

    Passages are encoded first and then replaced in one transaction: a search sees those of before or those of
    now. What was read before with the same outcome is left as it is. `on_progress` is told how many passages
    of how many are encoded.

    Raises EncoderUnavailable, with everything left as it was, and Outdated.
    """
    digest = reading.digest
    if document.sha256 == digest and document.passages.exists():
        _mark_ready(document)
        return False
    passages = _passages(document, reading)
    texts = [passage_text(reading.title, p.heading, p.question, p.text) for p in passages]
    encoded = _encode(texts, on_progress)
    with transaction.atomic():
        row = Document.objects.select_for_update().filter(pk=document.pk, edition=document.edition).first()
        if row is None:
            raise Outdated(document.public_id)
        row.passages.all().delete()
        note_changes(document.site_id, [document.pk])
        stored = Passage.objects.bulk_create(passages)
        store_vectors(stored, encoded)
        row.title, row.media_type, row.text = reading.title, reading.media_type[:100], reading.text
        row.language, row.sha256 = reading.language[:10], digest
        row.save(update_fields=["title", "media_type", "text", "language", "sha256"])
        _mark_ready(row)
    document.refresh_from_db()
    return True


def mark_failed(document: Document, code: str, detail: str = "") -> None:
    """Store why a document could not be read; the passages that it has stay in use."""
    Document.objects.filter(pk=document.pk, edition=document.edition).update(
        status=Document.Status.FAILED, error=code[:40], detail=detail[:500]
    )


def _encode(texts: list[str], on_progress: Callable[[int, int], None]) -> Encoded:
    """Encode in parts, so that progress is told where the database may be used."""
    parts: list[Encoded] = []
    for start in range(0, len(texts), _TEXTS_AT_A_TIME):
        on_progress(start, len(texts))
        parts.append(encode_passages(texts[start : start + _TEXTS_AT_A_TIME]))
    names = parts[0].vectors.keys() if parts else ()
    if any(part.vectors.keys() != names for part in parts):
        raise EncoderUnavailable("The model server changed its encoders meanwhile.")
    return Encoded({name: np.concatenate([part.vectors[name] for part in parts]) for name in names})


def _mark_ready(document: Document) -> None:
    Document.objects.filter(pk=document.pk, edition=document.edition).update(
        status=Document.Status.READY, error="", detail="", indexed_at=timezone.now()
    )


def _passages(document: Document, reading: Reading) -> list[Passage]:
    if reading.questions:
        parts = [("", question[:_QUESTION_CHARACTERS], reading.text) for question in reading.questions]
    else:
        parts = [(piece.heading, "", piece.text) for piece in reading.pieces]
    return [
        Passage(
            site_id=document.site_id,
            document=document,
            position=position,
            heading=heading,
            question=question,
            text=text,
        )
        for position, (heading, question, text) in enumerate(parts)
    ]
