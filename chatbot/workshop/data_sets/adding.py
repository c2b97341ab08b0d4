"""Storing the examples of a source: they count when all of them are there."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from django.db import transaction

from chatbot.workshop.models import DataSource, Example, key_of, rank_of

AT_ONCE = 500
_REMOVED_AT_ONCE = 2000


def add(source: DataSource, examples: Iterable[Example], tell: Callable[[int], object]) -> int:
    """Store the examples and make the source ready; return how many. `tell` hears how many are stored.

    Whatever `tell` or the iterator raises leaves the source unfinished; then call `discard`.
    """
    stored = 0
    rows: Iterator[Example] = iter(examples)
    while batch := list(islice(rows, AT_ONCE)):
        for example in batch:
            example.data_set_id, example.source = source.data_set_id, source
            example.rank = rank_of(example.public_id)
            example.group = example.group or key_of(f"{source.public_id}:{example.public_id}")
        # A transaction for each batch: visitors write too.
        with transaction.atomic():
            Example.objects.bulk_create(batch)
        stored += len(batch)
        tell(stored)
    return stored


def discard(source: DataSource) -> int:
    """Delete a source with its examples, a few at a time; return how many there were."""
    removed = 0
    while numbers := list(source.examples.values_list("pk", flat=True)[:_REMOVED_AT_ONCE]):
        Example.objects.filter(pk__in=numbers).delete()
        removed += len(numbers)
    source.delete()
    return removed
