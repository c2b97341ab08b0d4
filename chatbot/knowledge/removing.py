"""Taking documents and sources away, with their passages and their files."""

from django.db import transaction
from django.db.models import QuerySet

from chatbot.knowledge import uploads
from chatbot.knowledge.models import Document, Source
from chatbot.knowledge.vectors import note_changes


@transaction.atomic
def remove_documents(documents: QuerySet[Document]) -> int:
    """Delete documents of one site with their passages and files, and return how many they were."""
    rows = list(documents.values_list("pk", "public_id", "site_id"))
    for site_id in {site_id for _pk, _public_id, site_id in rows}:
        note_changes(site_id, [pk for pk, _public_id, of_site in rows if of_site == site_id])
    Document.objects.filter(pk__in=[pk for pk, *_rest in rows]).delete()
    transaction.on_commit(lambda: uploads.forget(public_id for _pk, public_id, _site_id in rows))
    return len(rows)


@transaction.atomic
def remove_source(source: Source) -> None:
    """Delete a source with all that came from it."""
    remove_documents(source.documents.all())
    source.delete()


@transaction.atomic
def switch(source: Source, is_enabled: bool) -> None:
    """Let a source's passages be searched or not, from the next search on."""
    source.is_enabled = is_enabled
    source.save(update_fields=["is_enabled"])
    note_changes(source.site_id, list(source.documents.values_list("pk", flat=True)))
