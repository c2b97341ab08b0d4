"""The vectors of visitors' questions, made once and kept for a day."""

import time
from collections.abc import Sequence
from hashlib import sha256

import numpy as np
from django.conf import settings
from django.core.cache import cache

from chatbot.knowledge.encoders import encoders_for_questions
from chatbot.knowledge.grouping import Vectors
from inference.encoding import EncoderUnavailable, embed_patiently
from inference.models import LanguageModelVersion, ModelKind

# A page waits no longer than this; what is encoded by then is kept for the next look.
_MOST_SECONDS = 6.0
_KEPT_SECONDS = 24 * 3600
_TEXTS_AT_ONCE = 32


def vectors_of(site_id: int, texts: Sequence[str]) -> Vectors | None:
    """Return one vector of length one for each of the site's questions.

    None where the encoder is away, or has not come to the end within some seconds; then what it has done is
    kept, and the next call comes further.
    """
    key = f"workbench-question-vectors-{site_id}-{_encoder()}"
    known: dict[bytes, bytes] = cache.get(key) or {}
    digests = [sha256(text.encode()).digest()[:16] for text in texts]
    missing = {digest: text for digest, text in zip(digests, texts, strict=True) if digest not in known}
    complete = _encode(missing, known)
    if missing:
        # What is asked for no more is forgotten.
        cache.set(key, {digest: known[digest] for digest in set(digests) if digest in known}, _KEPT_SECONDS)
    if not complete or not texts:
        return None
    return np.stack([np.frombuffer(known[digest], np.float32) for digest in digests])


def _encoder() -> str:
    """Return what names the encoder in use: vectors of another one cannot be compared with its own."""
    version = LanguageModelVersion.objects.active(ModelKind.ENCODER)
    named = [*settings.INFERENCE_ENCODERS, str(version.pk) if version else ""]
    return sha256("\n".join(named).encode()).hexdigest()[:8]


def _encode(missing: dict[bytes, str], known: dict[bytes, bytes]) -> bool:
    """Put vectors of the missing texts into `known`, as far as time allows; tell whether all are there."""
    end = time.monotonic() + _MOST_SECONDS
    digests = list(missing)
    for begin in range(0, len(digests), _TEXTS_AT_ONCE):
        if time.monotonic() >= end:
            return False
        batch = digests[begin : begin + _TEXTS_AT_ONCE]
        try:
            # Those for questions wait for nobody, and neither shall the page.
            vectors = embed_patiently(encoders_for_questions, [missing[digest] for digest in batch], "query")
        except EncoderUnavailable:
            return False
        known |= {digest: vector.tobytes() for digest, vector in zip(batch, vectors, strict=True)}
    return True
