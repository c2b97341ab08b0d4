"""Encoding passages, keeping their vectors, and telling running searches what changed."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from django.db import transaction
from django.db.models import F
from numpy.typing import NDArray

from chatbot.knowledge import nearest
from chatbot.knowledge.encoders import encoders_for_passages
from chatbot.knowledge.models import KnowledgeChange, KnowledgeRevision, Passage, PassageVector
from inference.encoding import EncoderUnavailable, embed_patiently

_STORED = np.dtype("<f2")
# Whoever is further behind reads everything anew.
_CHANGES_KEPT = 5_000
_ROWS_AT_A_TIME = 500


@dataclass(frozen=True, slots=True)
class Encoded:
    """One row per text from each encoder, by its name, as float32 of length one."""

    vectors: Mapping[str, NDArray[np.float32]]

    def at(self, places: Sequence[int]) -> "Encoded":
        """Return the vectors of the texts at these places."""
        return Encoded({name: vectors[list(places)] for name, vectors in self.vectors.items()})


def encode_passages(texts: Sequence[str], on_batch: Callable[[int], None] | None = None) -> Encoded:
    """Encode texts with every encoder that is served, outside of any transaction.

    `on_batch` is told from time to time how many texts are done, and may raise to end the work. Raises
    EncoderUnavailable where an encoder does not answer within about half a minute.
    """
    names = served_encoders()
    if not names:
        raise EncoderUnavailable("The model servers have no encoder.")
    share = len(names)

    def report(place: int) -> Callable[[int], None]:
        return lambda done: on_batch((place * len(texts) + done) // share) if on_batch else None

    return Encoded(
        {
            name: embed_patiently(encoders_for_passages, texts, "passage", name, report(place))
            for place, name in enumerate(names)
        }
    )


def store_vectors(passages: Sequence[Passage], encoded: Encoded) -> None:
    """Keep the vectors of passages that were just saved, in their order, within the same transaction.

    Notes the change of their documents. Vectors from other encoders, or earlier ones, are replaced.
    """
    if not passages:
        return
    PassageVector.objects.filter(passage__in=[passage.pk for passage in passages]).delete()
    rows = [
        PassageVector(
            site_id=passage.site_id, passage=passage, encoder=name, values=vector.astype(_STORED).tobytes()
        )
        for name, vectors in encoded.vectors.items()
        for passage, vector in zip(passages, vectors, strict=True)
    ]
    stored = PassageVector.objects.bulk_create(rows, batch_size=_ROWS_AT_A_TIME)
    nearest.fill([row.pk for row in stored])
    for site_id in {passage.site_id for passage in passages}:
        note_changes(site_id, [p.document_id for p in passages if p.site_id == site_id])


def note_changes(site_id: int, document_ids: Sequence[int]) -> None:
    """Note, in the transaction that does it, that passages of documents came, went or are switched on or off.

    After the commit every process's next search of the site reads these documents again.
    """
    documents = sorted(set(document_ids))
    if not documents:
        return
    with transaction.atomic():
        KnowledgeRevision.objects.get_or_create(site_id=site_id)
        KnowledgeRevision.objects.filter(site_id=site_id).update(number=F("number") + 1)
        number = KnowledgeRevision.objects.values_list("number", flat=True).get(site_id=site_id)
        KnowledgeChange.objects.bulk_create(
            [KnowledgeChange(site_id=site_id, number=number, document_id=pk) for pk in documents],
            batch_size=_ROWS_AT_A_TIME,
        )
        KnowledgeChange.objects.filter(site_id=site_id, number__lte=number - _CHANGES_KEPT).delete()


def unpacked(values: Sequence[bytes | memoryview]) -> NDArray[np.float32]:
    """Return stored vectors as float32 rows (n, d)."""
    return np.stack([np.frombuffer(value, _STORED) for value in values]).astype(np.float32)


def served_encoders() -> tuple[str, ...]:
    """Return the names of the encoders that are served now, the main one first; needs no running loop."""

    async def ask() -> tuple[str, ...]:
        encoders = encoders_for_passages()
        try:
            return (await encoders.served()).encoders
        finally:
            await encoders.aclose()

    return asyncio.run(ask())
