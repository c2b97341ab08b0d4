"""The vectors of visitors' questions, made once and kept for a day."""

import time
from collections.abc import Sequence
from hashlib import sha256

import numpy as np
from django.core.cache import cache

from chatbot.knowledge.vectors import new_encoders
from chatbot.operators.workbench.grouping import Vectors
from inference.encoding import EncoderUnavailable, batches, embed_patiently

# A page waits no longer than this; what is encoded by then is kept for the next look.
_MOST_SECONDS = 6.0
_KEPT_SECONDS = 24 * 3600


def vectors_of(site_id: int, texts: Sequence[str]) -> Vectors | None:
    """Return one vector of length one for each of the site's questions.

    None where the encoder is away, or has not come to the end within some seconds; then what it has done is
    kept, and the next call comes further.
    """
    key = f"workbench-question-vectors-{site_id}"
    known: dict[bytes, bytes] = cache.get(key) or {}
    digests = [sha256(text.encode()).digest()[:16] for text in texts]
    missing = {digest: text for digest, text in zip(digests, texts, strict=True) if digest not in known}
    complete = _encode(missing, known)
    if missing:
        # What is asked for no more is forgotten.
        cache.set(key, {digest: known[digest] for digest in set(digests) if digest in known}, _KEPT_SECONDS)
    if not complete or not texts:
        return None
    rows = [np.frombuffer(known[digest], np.float32) for digest in digests]
    # Another encoder since yesterday: its vectors cannot be compared with the older ones.
    if len({len(row) for row in rows}) > 1:
        cache.delete(key)
        return None
    return np.stack(rows)


def _encode(missing: dict[bytes, str], known: dict[bytes, bytes]) -> bool:
    """Put vectors of the missing texts into `known`, as far as time allows; tell whether all are there."""
    end = time.monotonic() + _MOST_SECONDS
    digests = list(missing)
    done = 0
    for batch in batches(list(missing.values())):
        if time.monotonic() >= end:
            return False
        try:
            vectors = embed_patiently(new_encoders, batch, "query")
        except EncoderUnavailable:
            return False
        for digest, vector in zip(digests[done:], vectors, strict=False):
            known[digest] = vector.astype(np.float32).tobytes()
        done += len(batch)
    return True
