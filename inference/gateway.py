"""The only way from the web to text generation: OpenAI's protocol, to one of several servers.

A request goes to the server with the least outstanding work. Before the first token it may start again on
another server; after it, the answer goes on from the text so far (`continue_final_message`, as vLLM names
it). A server that sends nothing for a while is asked for its health, so that a queue is waited for and a
hung process is not. Who has read half an answer waits for less than who has read nothing: an answer that has
begun and finds no server to go on with fails soon, and may be asked for again.
"""

import asyncio
import json
import logging
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Literal, TypedDict

import httpx

from inference.endpoints import Endpoint, choose
from inference.patience import Interrupted, Patience, Stalled

logger = logging.getLogger(__name__)

# A health answer slower than the first time is a no, or the second while an answer has not begun: then a busy
# machine is likelier than a hung server.
_PROBE_TIMEOUT_SECONDS = 1.5
_PATIENT_PROBE_TIMEOUT_SECONDS = 5.0
# While every server is away: how long to wait before looking again.
_LOOK_AGAIN_SECONDS = 0.25
_DEFAULT_CONTEXT_TOKENS = 4096
# A server that does not offer what is wanted is asked again after so long: it may have loaded it meanwhile.
_DESCRIBE_AGAIN_SECONDS = 2.0
# How often within one request a server may turn out to serve something else than it said.
_SURPRISES = 3
# What our own server calls itself in its list of models.
_OWN = "parley"


class ChatMessage(TypedDict):
    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of an answer; the last one has a finish reason and, where the server counts, token counts."""

    text: str = ""
    finish_reason: str = ""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    model: str = ""
    endpoint: str = ""
    attempts: int = 1


class ModelUnavailable(Exception):
    """No server answered, or went on answering, within our patience."""


class _NotServed(Interrupted):
    """The server does not serve the model any more that it offered before."""


class RequestRejected(Exception):
    """A server understood the request and refuses it; asking again would change nothing."""


class Gateway:
    """Text generation for one event loop; close it with `aclose`."""

    def __init__(
        self,
        urls: Sequence[str],
        *,
        api_key: str = "",
        model: str = "",
        patience_seconds: float = 20.0,
        stall_seconds: float = 4.0,
    ) -> None:
        """Use the servers at `urls` (ending in /v1).

        Without a healthy server give up after `patience_seconds` for an answer that has not begun, and after
        `stall_seconds` for one that has. A healthy server may take any time to begin an answer, and
        `patience_seconds` between two pieces.
        """
        self._endpoints = [Endpoint(url) for url in urls]
        self._model = model
        self._patience = patience_seconds
        self._stall = stall_seconds
        self._client = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {api_key}"} if api_key else {},
            timeout=httpx.Timeout(10.0, read=None),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=50),
            # Proxies of the environment are for the outside; these servers are ours.
            trust_env=False,
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def stream_chat(
        self,
        messages: Sequence[ChatMessage],
        *,
        max_tokens: int,
        temperature: float,
        frequency_penalty: float = 0.0,
        so_far: str = "",
        model: str = "",
    ) -> AsyncGenerator[Chunk, None]:
        """Yield the answer to `messages` in pieces, going on from `so_far` when it is not empty.

        `model` writes it where a server offers that, else the one that answers there anyway: each chunk says
        which it was.

        Raises ModelUnavailable when no server makes progress in time, and RequestRejected when a server
        refuses the request.
        """
        sampling = {"temperature": temperature, "frequency_penalty": frequency_penalty}
        attempts, pieces, surprises = 0, 0, 0
        give_up_at = time.monotonic() + self._patience
        while True:
            endpoint = choose(self._endpoints, model)
            if endpoint is not None:
                attempts += 1
                endpoint.outstanding += 1
                try:
                    await self._describe(endpoint, model, within=give_up_at - time.monotonic())
                    name = model if endpoint.knows(model) else endpoint.model
                    body = self._body(name, messages, max_tokens - pieces, sampling, so_far)
                    # Closed at once when our reader leaves, so that the server stops generating.
                    async with aclosing(self._stream(endpoint, body, attempts, begun=pieces > 0)) as chunks:
                        async for chunk in chunks:
                            if chunk.text:
                                pieces += 1
                                so_far += chunk.text
                                give_up_at = time.monotonic() + self._stall
                            yield chunk
                    return
                except (Interrupted, httpx.HTTPError) as error:
                    if isinstance(error, _NotServed) and surprises < _SURPRISES:
                        # The server is well: another version has taken over since it was asked.
                        surprises += 1
                        attempts -= 1
                        endpoint.forget()
                        continue
                    endpoint.failed()
                    logger.warning("%s cannot go on: %s", endpoint.url, error or type(error).__name__)
                    if isinstance(error, Stalled):
                        # Nobody else has been asked yet.
                        give_up_at = time.monotonic() + self._stall
                finally:
                    endpoint.outstanding -= 1
                if pieces >= max_tokens:
                    yield Chunk(finish_reason="length", endpoint=endpoint.url, attempts=attempts)
                    return
            if time.monotonic() >= give_up_at:
                raise ModelUnavailable
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)

    async def count_tokens(self, messages: Sequence[ChatMessage], model: str = "") -> int:
        """Return how many tokens a server makes of `messages`, or a careful estimate where none counts."""
        endpoint = choose(self._endpoints, model)
        if endpoint is not None and endpoint.counts_tokens:
            try:
                await self._describe(endpoint, model)
                name = model if endpoint.knows(model) else endpoint.model
                answer = await self._client.post(
                    f"{endpoint.root}/tokenize",
                    json={"model": name, "messages": list(messages)},
                    timeout=_PROBE_TIMEOUT_SECONDS,
                )
                if answer.status_code == 200:
                    return int(answer.json()["count"])
                if _error_code(answer) == "model_not_found":
                    endpoint.forget()
                else:
                    endpoint.counts_tokens = answer.status_code not in (404, 405)
            except (httpx.HTTPError, Interrupted, KeyError, ValueError) as error:
                logger.debug("%s does not count tokens: %s", endpoint.url, error)
        return sum(estimate_tokens(message["content"]) + 8 for message in messages)

    async def context_tokens(self, model: str = "") -> int:
        """Return the context length of `model`, or of the one in use, in tokens; 4096 where none tells."""
        endpoint = choose(self._endpoints, model)
        if endpoint is not None:
            try:
                await self._describe(endpoint, model)
            except (httpx.HTTPError, Interrupted) as error:
                logger.debug("%s does not describe its model: %s", endpoint.url, error)
            if length := endpoint.offers.get(model) or endpoint.context_tokens:
                return length
        return _DEFAULT_CONTEXT_TOKENS

    async def models(self) -> list[str]:
        """Return the names of the models that write at one server or another; one that is away has none."""
        offers = await asyncio.gather(*map(self._offers, self._endpoints))
        return list(dict.fromkeys(name for names in offers for name in names))

    async def _offers(self, endpoint: Endpoint) -> list[str]:
        try:
            answer = await self._client.get(f"{endpoint.url}/models", timeout=_PROBE_TIMEOUT_SECONDS)
            return list(_offered(answer.json()["data"])) if answer.status_code == 200 else []
        except (httpx.HTTPError, AttributeError, KeyError, TypeError, ValueError) as error:
            logger.debug("%s does not name its models: %s", endpoint.url, error)
            return []

    async def _describe(
        self, endpoint: Endpoint, wanted: str = "", within: float = _PATIENT_PROBE_TIMEOUT_SECONDS
    ) -> None:
        """Learn the endpoint's models and their context lengths, once until it fails or lacks `wanted`."""
        age = time.monotonic() - endpoint.described_at
        if endpoint.model and (not wanted or endpoint.knows(wanted) or age < _DESCRIBE_AGAIN_SECONDS):
            return
        timeout = max(0.1, min(within, _PATIENT_PROBE_TIMEOUT_SECONDS))
        answer = await self._client.get(f"{endpoint.url}/models", timeout=timeout)
        if answer.status_code != 200:
            raise Interrupted(f"/models answered {answer.status_code}")
        try:
            offers = _offered(answer.json()["data"])
            endpoint.model = next(name for name in offers if self._model in ("", name))
            endpoint.offers, endpoint.described_at = offers, time.monotonic()
        except (AttributeError, KeyError, TypeError, ValueError, StopIteration) as error:
            raise Interrupted(f"/models does not offer {self._model or 'a model'}") from error

    def _body(
        self,
        model: str,
        messages: Sequence[ChatMessage],
        max_tokens: int,
        sampling: dict[str, float],
        so_far: str,
    ) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": model,
            "messages": list(messages),
            "max_tokens": max(1, max_tokens),
            **sampling,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if so_far:
            body["messages"].append({"role": "assistant", "content": so_far})
            body |= {"continue_final_message": True, "add_generation_prompt": False}
        return body

    async def _stream(
        self, endpoint: Endpoint, body: dict[str, Any], attempts: int, *, begun: bool
    ) -> AsyncGenerator[Chunk, None]:
        """Yield one server's chunks; raises Interrupted unless the last one has a finish reason."""
        finish_reason = ""
        usage: dict[str, int] = {}
        request = self._client.build_request("POST", f"{endpoint.url}/chat/completions", json=body)
        async with Patience(
            lambda: self._is_healthy(endpoint, patient=patience.limit is None),
            self._patience if begun else None,
        ) as patience:
            response = await patience.wait_for(self._client.send(request, stream=True))
            try:
                if response.status_code != 200:
                    await response.aread()
                    raise _refusal(response)
                lines = response.aiter_lines()
                while (line := await patience.wait_for(anext(lines, None))) is not None:
                    if not line.startswith("data:"):
                        continue
                    data = line[5:].strip()
                    if data == "[DONE]":
                        break
                    event = _parsed(data)
                    usage = event.get("usage") or usage
                    for choice in event.get("choices") or []:
                        finish_reason = choice.get("finish_reason") or finish_reason
                        if text := (choice.get("delta") or {}).get("content"):
                            endpoint.succeeded()
                            patience.limit = self._patience
                            yield Chunk(text, model=body["model"], endpoint=endpoint.url, attempts=attempts)
            finally:
                await response.aclose()
        if not finish_reason:
            raise Interrupted("the answer broke off")
        endpoint.succeeded()
        yield Chunk(
            finish_reason=finish_reason,
            prompt_tokens=usage.get("prompt_tokens"),
            completion_tokens=usage.get("completion_tokens"),
            model=body["model"],
            endpoint=endpoint.url,
            attempts=attempts,
        )

    async def _is_healthy(self, endpoint: Endpoint, *, patient: bool) -> bool:
        within = _PATIENT_PROBE_TIMEOUT_SECONDS if patient else _PROBE_TIMEOUT_SECONDS
        try:
            answer = await self._client.get(f"{endpoint.root}/health", timeout=within)
        except httpx.HTTPError:
            return False
        # Not every server has /health; one that says so is alive.
        return answer.status_code in (200, 404)


def estimate_tokens(text: str) -> int:
    """Return a careful upper guess of the tokens in `text`: one per wide character, one per 2.5 others."""
    wide = sum(1 for character in text if ord(character) >= 0x2E80)
    return wide + round((len(text) - wide) / 2.5)


def _offered(models: list[dict[str, Any]]) -> dict[str, int]:
    """The models of a server's list that write, each with its context length, 0 where that is not told.

    Our own server names its encoders too, and they have no length.
    """
    lengths = {str(model["id"]): int(model.get("max_model_len") or 0) for model in models}
    own = {str(model["id"]) for model in models if model.get("owned_by") == _OWN}
    return {name: length for name, length in lengths.items() if length or name not in own}


def _parsed(data: str) -> dict[str, Any]:
    try:
        event = json.loads(data)
    except ValueError as error:
        raise Interrupted("it sent no JSON") from error
    if not isinstance(event, dict) or "error" in event:
        raise Interrupted("it reported an error in the stream")
    return event


def _refusal(response: httpx.Response) -> Exception:
    """Return what a status other than 200 means: try elsewhere, or give up."""
    if response.status_code in (400, 401, 403, 413, 422):
        return RequestRejected(f"{response.status_code} {_error_code(response)}".strip())
    if response.status_code == 404 and _error_code(response) == "model_not_found":
        return _NotServed("it does not serve the model any more")
    return Interrupted(f"it answered {response.status_code}")


def _error_code(response: httpx.Response) -> str:
    """Return the error's code and no more of it: its message may quote what a visitor wrote."""
    try:
        return str(response.json()["error"]["code"] or "")
    except (KeyError, TypeError, ValueError):
        return ""
