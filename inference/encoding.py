"""The way from web and worker to vectors: `/v1/embeddings` and `/v1/rerank` of the model servers."""

import asyncio
import base64
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from inference.endpoints import Endpoint
from inference.model_servers import Failed, ModelServers, NoServerAnswers, checked

logger = logging.getLogger(__name__)

Purpose = Literal["query", "passage"]
Vectors = NDArray[np.float32]
Result = TypeVar("Result")

# A request stays below these, far within what servers accept; an encoder reads 512 tokens of a text at most.
TEXTS_PER_REQUEST = 64
CHARACTERS_PER_REQUEST = 200_000
_CHARACTERS_PER_TEXT = 8_000


class EncoderUnavailable(Exception):
    """No server encodes, or none answered in time."""


@dataclass(frozen=True, slots=True)
class Served:
    """What is offered, by the names that requests use: encoders, the main one first; a reranker or ""."""

    encoders: tuple[str, ...] = ()
    reranker: str = ""


class Encoders:
    """Vectors for one event loop; close it with `aclose`."""

    def __init__(
        self,
        urls: Sequence[str],
        *,
        api_key: str = "",
        encoders: Sequence[str] = (),
        reranker: str = "",
        timeout_seconds: float = 2.0,
        patience_seconds: float = 0.0,
    ) -> None:
        """Use the servers at `urls` (ending in /v1).

        `encoders` (the main one first) and `reranker` name models of servers that are not ours; ours say
        themselves which of their models is what. A request gets `timeout_seconds`. While all servers are away
        or busy they are asked again for `patience_seconds`.
        """
        self._named = Served(tuple(encoders), reranker)
        # What each server offers, by its address.
        self._served: dict[str, Served] = {}
        self._servers = ModelServers(
            urls,
            "encode",
            api_key=api_key,
            timeout_seconds=timeout_seconds,
            patience_seconds=patience_seconds,
            forget=lambda endpoint: self._served.pop(endpoint.url, None),
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._servers.aclose()

    async def served(self) -> Served:
        """Return what the first server that answers offers; raises EncoderUnavailable."""
        return await self._ask(self._served_by)

    async def embed(
        self, texts: Sequence[str], purpose: Purpose = "query", model: str | None = None
    ) -> Vectors:
        """Return one vector of length one per text, as float32 of shape (texts, dimension).

        `model` is one of the served encoders, the main one where it is None. Raises EncoderUnavailable.
        """
        parts = [await self._ask(partial(self._embed, batch, purpose, model)) for batch in batches(texts)]
        return np.concatenate(parts) if parts else np.empty((0, 0), np.float32)

    async def embed_query(self, text: str, skip: Callable[[str], bool] | None = None) -> dict[str, Vectors]:
        """Return the vector of a question, of shape (dimension,), from each served encoder by its name.

        Encoders for which `skip` is true are not asked. Raises EncoderUnavailable where the main one does not
        answer; the absence of another one is logged.
        """
        served = await self.served()
        if not served.encoders:
            raise EncoderUnavailable("The model servers have no encoder.")
        main, *others = served.encoders
        wanted = [main, *(name for name in others if skip is None or not skip(name))]
        answers = await asyncio.gather(
            *(self.embed([text], "query", name) for name in wanted), return_exceptions=True
        )
        vectors: dict[str, Vectors] = {}
        for name, answer in zip(wanted, answers, strict=True):
            if not isinstance(answer, BaseException):
                vectors[name] = answer[0]
            elif name == main or not isinstance(answer, EncoderUnavailable):
                raise answer
            else:
                logger.warning("%s does not answer: %s", name, answer)
        return vectors

    async def rerank(self, query: str, documents: Sequence[str]) -> Vectors:
        """Return how well each document answers `query`, from 0 to 1, by the cross-encoder that is served.

        Raises EncoderUnavailable, also where no cross-encoder is served.
        """
        if not documents:
            return np.empty(0, np.float32)
        return await self._ask(partial(self._rerank, query, documents))

    async def _ask(self, request: Callable[[Endpoint], Awaitable[Result]]) -> Result:
        try:
            return await self._servers.ask(request)
        except NoServerAnswers as error:
            raise EncoderUnavailable(str(error)) from error

    async def _served_by(self, server: Endpoint) -> Served:
        if self._named.encoders:
            return self._named
        if server.url not in self._served:
            answer = checked(await self._servers.client.get(f"{server.url}/models"))
            try:
                kinds = [(item.get("kind"), str(item["id"])) for item in answer["data"]]
            except (KeyError, TypeError, AttributeError) as error:
                raise Failed("/models answered something else") from error
            self._served[server.url] = Served(
                tuple(name for kind, name in kinds if kind == "encoder"),
                self._named.reranker or next((name for kind, name in kinds if kind == "reranker"), ""),
            )
        return self._served[server.url]

    async def _embed(
        self, texts: Sequence[str], purpose: Purpose, model: str | None, server: Endpoint
    ) -> Vectors:
        served = await self._served_by(server)
        if not served.encoders or (model is not None and model not in served.encoders):
            # What it offers may be another thing after its next start.
            raise Failed(f"it does not serve {model or 'an encoder'}")
        body = {
            "model": model or served.encoders[0],
            "input": [text[:_CHARACTERS_PER_TEXT] for text in texts],
            "input_type": purpose,
            "encoding_format": "base64",
        }
        answer = checked(await self._servers.client.post(f"{server.url}/embeddings", json=body))
        try:
            rows = sorted(answer["data"], key=lambda row: row["index"])
            vectors = np.stack([np.frombuffer(base64.b64decode(row["embedding"]), "<f4") for row in rows])
        except (KeyError, TypeError, ValueError) as error:
            raise Failed("/embeddings answered something else") from error
        if len(vectors) != len(texts) or not np.isfinite(vectors).all():
            raise Failed("/embeddings answered with wrong vectors")
        return vectors.astype(np.float32, copy=False)

    async def _rerank(self, query: str, documents: Sequence[str], server: Endpoint) -> Vectors:
        served = await self._served_by(server)
        if not served.reranker:
            raise Failed("it does not serve a reranker")
        body = {
            "model": served.reranker,
            "query": query,
            "documents": [document[:_CHARACTERS_PER_TEXT] for document in documents],
        }
        answer = checked(await self._servers.client.post(f"{server.url}/rerank", json=body))
        scores = np.zeros(len(documents), np.float32)
        try:
            for result in answer["results"]:
                scores[int(result["index"])] = float(result["relevance_score"])
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise Failed("/rerank answered something else") from error
        return scores


def embed_patiently(
    make: Callable[[], Encoders],
    texts: Sequence[str],
    purpose: Purpose = "passage",
    model: str | None = None,
    on_batch: Callable[[int], None] | None = None,
) -> Vectors:
    """Do what `Encoders.embed` does where no event loop runs, as in the worker; returns the same.

    `make` gives the encoders to use, which are closed at the end. `on_batch` is told after each request how
    many texts are done, and may raise to end the work. Raises EncoderUnavailable.
    """

    async def work() -> Vectors:
        encoders, done = make(), 0
        parts: list[Vectors] = []
        try:
            for batch in batches(texts):
                parts.append(await encoders.embed(batch, purpose, model))
                done += len(batch)
                if on_batch is not None:
                    on_batch(done)
        finally:
            await encoders.aclose()
        return np.concatenate(parts) if parts else np.empty((0, 0), np.float32)

    return asyncio.run(work())


def batches(texts: Sequence[str]) -> list[list[str]]:
    """Return the texts in order, cut into requests that every server accepts."""
    cut: list[list[str]] = []
    room = 0
    for text in texts:
        size = min(len(text), _CHARACTERS_PER_TEXT)
        if not cut or size > room or len(cut[-1]) >= TEXTS_PER_REQUEST:
            cut.append([])
            room = CHARACTERS_PER_REQUEST
        cut[-1].append(text)
        room -= size
    return cut
