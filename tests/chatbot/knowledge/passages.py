"""Documents with passages, encoded and stored as indexing does it."""

from collections.abc import Sequence

from django.db import transaction

from accounts.models import Site
from chatbot.knowledge.models import Document, Passage, Source
from chatbot.knowledge.passage_text import passage_text
from chatbot.knowledge.vectors import encode_passages, note_changes, store_vectors


def source_of(site: Site, name: str = "Guide") -> Source:
    return Source.objects.get_or_create(site=site, name=name, kind=Source.Kind.TEXT)[0]


def document_of(
    site: Site, texts: Sequence[str], *, title: str = "", question: str = "", source: Source | None = None
) -> Document:
    """Add a document with these passages, which are searched at once; needs the scripted encoder."""
    document = Document.objects.create(
        site=site, source=source or source_of(site), title=title, status=Document.Status.READY
    )
    replace_passages(document, texts, question=question)
    return document


def replace_passages(document: Document, texts: Sequence[str], *, question: str = "") -> None:
    """Replace what a document says."""
    compared = [passage_text(document.title, "", question, text) for text in texts]
    encoded = encode_passages(compared)
    with transaction.atomic():
        document.passages.all().delete()
        note_changes(document.site_id, [document.pk])
        passages = Passage.objects.bulk_create(
            Passage(site=document.site, document=document, position=place, text=text, question=question)
            for place, text in enumerate(texts)
        )
        store_vectors(passages, encoded)
