"""The way from web and worker to feelings: `/v1/classify` of the model servers."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import httpx

from inference.endpoints import Endpoint
from inference.model_servers import Busy, Failed, ModelServers, NoServerAnswers, Unable, checked

Result = TypeVar("Result")

# Whichever head is active where the request arrives.
ACTIVE = "sentiment"
# A request stays below these, far within what servers accept; a head reads a few hundred tokens of a text.
TEXTS_PER_REQUEST = 64
CHARACTERS_PER_TEXT = 10_000
# A server of another kind, which has no `/v1/classify`, is not asked again for so long.
_NOT_OURS_SECONDS = 60.0
# What such servers answer to a path that they do not know.
_UNKNOWN_PATH = frozenset({404, 405, 501})


class ClassifierUnavailable(Exception):
    """No server classifies, or none answered in time."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Probabilities of the three feelings, and the label: one of them, or “unsure”.

    `head` is the version that judged, sentiment@1; in languages other than its `languages` it is less sure.
    """

    negative: float
    neutral: float
    positive: float
    label: str
    head: str
    languages: tuple[str, ...]

    @property
    def score(self) -> float:
        """From -1, negative, to 1, positive."""
        return self.positive - self.negative


@dataclass(frozen=True, slots=True)
class WordPull:
    """Characters `start` to `end` of a text, and by how much they moved its score."""

    start: int
    end: int
    text: str
    pull: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a text was judged so: `baseline` and the pulls of all words add up to the verdict's score."""

    verdict: Verdict
    words: tuple[WordPull, ...]
    baseline: float


class Classifiers:
    """Verdicts for one event loop; close it with `aclose`."""

    def __init__(
        self,
        urls: Sequence[str],
        *,
        api_key: str = "",
        timeout_seconds: float = 2.0,
        patience_seconds: float = 0.0,
    ) -> None:
        """Use the servers at `urls` (ending in /v1).

        A request gets `timeout_seconds`. While all servers are away or busy they are asked again for
        `patience_seconds`.
        """
        self._servers = ModelServers(
            urls,
            "classify",
            api_key=api_key,
            timeout_seconds=timeout_seconds,
            patience_seconds=patience_seconds,
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._servers.aclose()

    async def classify(self, texts: Sequence[str], model: str | None = None) -> list[Verdict]:
        """Return a verdict for each text, in order.

        `model` is a head's version, the active one where it is None. Raises ClassifierUnavailable.
        """
        verdicts: list[Verdict] = []
        for start in range(0, len(texts), TEXTS_PER_REQUEST):
            verdicts += await self._ask(
                partial(self._classify, texts[start : start + TEXTS_PER_REQUEST], model)
            )
        return verdicts

    async def explain(self, text: str, model: str | None = None) -> Explanation:
        """Return the verdict of a text with the pull of each word; raises ClassifierUnavailable."""
        return await self._ask(partial(self._explain, text, model))

    async def _ask(self, request: Callable[[Endpoint], Awaitable[Result]]) -> Result:
        try:
            return await self._servers.ask(request)
        except NoServerAnswers as error:
            raise ClassifierUnavailable(str(error)) from error

    async def _classify(self, texts: Sequence[str], model: str | None, server: Endpoint) -> list[Verdict]:
        answer = await self._post(server, {"model": model or ACTIVE, "input": _shortened(texts)})
        try:
            rows = sorted(answer["data"], key=lambda row: row["index"])
            verdicts = [_verdict(answer, row) for row in rows]
        except (KeyError, TypeError, ValueError) as error:
            raise Failed("/classify answered something else") from error
        if len(verdicts) != len(texts):
            raise Failed("/classify answered about other texts")
        return verdicts

    async def _explain(self, text: str, model: str | None, server: Endpoint) -> Explanation:
        body = {"model": model or ACTIVE, "input": _shortened([text]), "explain": True}
        answer = await self._post(server, body)
        try:
            (row,) = answer["data"]
            words = tuple(
                WordPull(int(word["start"]), int(word["end"]), str(word["text"]), float(word["pull"]))
                for word in row["words"]
            )
            return Explanation(_verdict(answer, row), words, float(row["baseline"]))
        except (KeyError, TypeError, ValueError) as error:
            raise Failed("/classify explained nothing") from error

    async def _post(self, server: Endpoint, body: dict[str, Any]) -> Any:
        answer = await self._servers.client.post(f"{server.url}/classify", json=body)
        if answer.status_code in _UNKNOWN_PATH:
            if _code(answer) == "model_not_found":
                # The server is well and may serve other heads.
                raise Busy(f"it does not serve {body['model']}")
            raise Unable("it does not classify texts", _NOT_OURS_SECONDS)
        if answer.status_code == 503 and (sentence := _message(answer)):
            raise Failed(sentence)
        return checked(answer)


def _verdict(answer: Any, row: Any) -> Verdict:
    negative, neutral, positive = map(float, row["probs"])
    return Verdict(
        negative, neutral, positive, str(row["label"]), str(answer["model"]), tuple(answer["languages"])
    )


def _shortened(texts: Sequence[str]) -> list[str]:
    return [text[:CHARACTERS_PER_TEXT] for text in texts]


def _code(answer: httpx.Response) -> str:
    return _of_error(answer, "code")


def _message(answer: httpx.Response) -> str:
    return _of_error(answer, "message")


def _of_error(answer: httpx.Response, name: str) -> str:
    """What an error in OpenAI's shape says; empty where it has another shape."""
    try:
        return str(answer.json()["error"][name] or "")
    except (ValueError, KeyError, TypeError):
        return ""
