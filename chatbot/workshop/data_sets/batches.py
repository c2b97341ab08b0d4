"""Walking over many examples without holding them all."""

from collections.abc import Iterator

from chatbot.workshop.models.examples import Example, ExampleQuerySet

SIZE = 500


def in_batches(examples: ExampleQuerySet, size: int = SIZE) -> Iterator[list[Example]]:
    """Yield the examples in the order of their keys, `size` at a time.

    Each batch is a query of its own, so that the rows may be changed meanwhile and no transaction stays open.
    """
    last = 0
    while batch := list(examples.filter(pk__gt=last).order_by("pk")[:size]):
        yield batch
        last = batch[-1].pk
