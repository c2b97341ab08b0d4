"""The vectors of questions: made once, and kept for as long as the question is compared with others.

Keeping takes 768 bytes a question; making them anew each night would take the model server some five
milliseconds a question, which visitors who chat at night would wait for.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from accounts.models import Site
from chatbot.analytics.models import TopicQuestion
from chatbot.analytics.topics.questions import Asked
from chatbot.knowledge.encoders import encoders_for_passages
from chatbot.knowledge.grouping import Vectors, normalised
from inference.encoding import EncoderUnavailable, embed_patiently

_STORED = "<f2"
_AT_ONCE = 512


def encoder_in_use() -> str:
    """Return the name of the encoder that is served. Raises EncoderUnavailable."""

    async def ask() -> str:
        encoders = encoders_for_passages()
        try:
            served = await encoders.served()
        finally:
            await encoders.aclose()
        if not served.encoders:
            raise EncoderUnavailable("The model servers have no encoder.")
        return served.encoders[0]

    return asyncio.run(ask())


def complete(
    site: Site, asked: Sequence[Asked], encoder: str, kept: Mapping[int, bytes], tell: Callable[[int], None]
) -> dict[str, Vectors]:
    """Return the vector of each different text (`Asked.plain`), stored for the questions that lack one.

    `kept` are vectors of `encoder` by the questions' keys. `tell` hears how many questions are done; what
    was stored stays when it ends early. Raises EncoderUnavailable.
    """
    vectors = {one.plain: _read(kept[one.key]) for one in asked if one.key in kept}
    missing = [one for one in asked if one.key not in kept]
    for start in range(0, len(missing), _AT_ONCE):
        part = missing[start : start + _AT_ONCE]
        new = {one.plain: one.text for one in part if one.plain not in vectors}
        made = embed_patiently(encoders_for_passages, list(new.values()), "query", encoder)
        vectors |= dict(zip(new, made, strict=True))
        TopicQuestion.objects.bulk_create(
            (
                TopicQuestion(
                    message_id=one.key,
                    site=site,
                    day=one.day,
                    encoder=encoder,
                    vector=vectors[one.plain].astype(_STORED).tobytes(),
                )
                for one in part
            ),
            update_conflicts=True,
            unique_fields=["message"],
            update_fields=["day", "encoder", "vector"],
        )
        tell(start + len(part))
    return vectors


def stacked(vectors: Sequence[Vectors]) -> Vectors:
    """Return the vectors as rows of length one; rounding when they were stored has changed that a little."""
    return normalised(np.stack(vectors).astype(np.float32))


def _read(stored: bytes) -> Vectors:
    return np.frombuffer(stored, _STORED).astype(np.float32)
