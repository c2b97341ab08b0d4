"""Passages without a vector of an encoder that is served now: encoded again, or for the first time."""

import time

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from chatbot.knowledge.models import Passage, PassageVector
from chatbot.knowledge.passage_text import passage_text
from chatbot.knowledge.vectors import encode_passages, served_encoders, store_vectors
from inference.encoding import EncoderUnavailable

_AT_A_TIME = 128


def encode_what_lacks_vectors(seconds: float) -> int:
    """Encode passages until all have vectors of all encoders, or the time is over; return how many it were.

    They lack them after another encoder became the active one, or where one was away while a source was
    read. Until then they are found by their words and by the other encoder.
    """
    end, count = time.monotonic() + seconds, 0
    try:
        while time.monotonic() < end and (done := _encode_some()):
            count += done
    except EncoderUnavailable:
        # The next time may find it.
        return count
    return count


def lacking(encoders: tuple[str, ...]) -> QuerySet[Passage]:
    """Return the passages that lack a vector of one of `encoders`."""
    passages = Passage.objects.none()
    for name in encoders:
        has = PassageVector.objects.filter(passage=OuterRef("pk"), encoder=name)
        passages |= Passage.objects.filter(~Exists(has))
    return passages


def _encode_some() -> int:
    passages = list(lacking(served_encoders()).select_related("document").order_by("pk")[:_AT_A_TIME])
    if not passages:
        return 0
    encoded = encode_passages(
        [passage_text(each.document.title, each.heading, each.question, each.text) for each in passages]
    )
    with transaction.atomic():
        ids = [each.pk for each in passages]
        # A source that was read meanwhile has other passages now.
        still = set(Passage.objects.select_for_update().filter(pk__in=ids).values_list("pk", flat=True))
        places = [place for place, each in enumerate(passages) if each.pk in still]
        store_vectors([passages[place] for place in places], encoded.at(places))
    return len(passages)
