"""An encoder that does not make the first answer wait for it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import Any

from inference.server.embedder import Embeddings, Encoder

logger = logging.getLogger(__name__)


class LateEncoder:
    """Loads its encoder in a thread once `language_model` is loaded; texts that come earlier wait."""

    def __init__(self, name: str, load: Callable[[], Encoder], language_model: Future[Any]) -> None:
        self.name = name
        self._load = load
        self._loaded: Future[Encoder] = Future()
        language_model.add_done_callback(self._begin)

    def embed(self, texts: list[str]) -> Embeddings:
        """Encode `texts`; raises what loading raised when there is no encoder after all."""
        return self._loaded.result().embed(texts)

    def _begin(self, language_model: Future[Any]) -> None:
        if language_model.exception() is None:
            Thread(target=self._run, name="loading the encoder", daemon=True).start()

    def _run(self) -> None:
        try:
            self._loaded.set_result(self._load())
        except Exception as error:
            logger.exception("The encoder %s cannot be loaded", self.name)
            self._loaded.set_exception(error)
        else:
            logger.info("The encoder %s is ready", self.name)
