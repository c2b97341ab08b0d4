"""The encoders of this installation, as the settings describe them."""

import asyncio
from weakref import WeakKeyDictionary

from django.conf import settings

from inference.encoding import Encoders

# Of a question a person waits for the answer; passages wait for a server that restarts.
_QUESTION_SECONDS = 2.0
_PASSAGES_SECONDS = 60.0
_PATIENCE_SECONDS = 30.0

_of_loop: "WeakKeyDictionary[asyncio.AbstractEventLoop, Encoders]" = WeakKeyDictionary()


def encoders_for_questions() -> Encoders:
    """Return the one of the running event loop, which lives as long as the loop."""
    loop = asyncio.get_running_loop()
    found = _of_loop.get(loop)
    if found is None:
        found = _of_loop[loop] = _new(timeout_seconds=_QUESTION_SECONDS)
    return found


def encoders_for_passages() -> Encoders:
    """Return one that waits for servers that are away or busy; whoever asks for it closes it."""
    return _new(timeout_seconds=_PASSAGES_SECONDS, patience_seconds=_PATIENCE_SECONDS)


def family(encoder: str) -> str:
    """Return an encoder's name without its version: multilingual-e5-small of multilingual-e5-small@1."""
    return encoder.rpartition("@")[0] or encoder


def _new(**patience: float) -> Encoders:
    return Encoders(
        settings.INFERENCE_URLS,
        api_key=settings.INFERENCE_API_KEY,
        encoders=settings.INFERENCE_ENCODERS,
        reranker=settings.INFERENCE_RERANKER,
        **patience,
    )
