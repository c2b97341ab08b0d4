"""Asking one of several model servers for what each of them can do in one answer.

A request goes to the server with the least outstanding work and, where that fails, to the next one. A server
that failed is left alone for a while, so that one that is away costs no time.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import httpx

from inference.endpoints import Endpoint, choose

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

_LOOK_AGAIN_SECONDS = 0.25


class NoServerAnswers(Exception):
    """No server did what was asked, or none in time; the message is the last one's trouble."""


class Failed(Exception):
    """This server did not answer as it should; another one may."""


class Busy(Failed):
    """This server is well, and cannot do this now."""


class Unable(Failed):
    """This server does not do such things at all: it need not be asked again for `seconds`."""

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds


class ModelServers:
    """The servers at some addresses, for one event loop; close it with `aclose`."""

    def __init__(
        self,
        urls: Sequence[str],
        purpose: str,
        *,
        api_key: str = "",
        timeout_seconds: float = 2.0,
        patience_seconds: float = 0.0,
        forget: Callable[[Endpoint], None] = lambda endpoint: None,
    ) -> None:
        """Use the servers at `urls` (ending in /v1) to `purpose`, a verb for the log.

        A request gets `timeout_seconds`. While all servers are away or busy they are asked again for
        `patience_seconds`. `forget` is told which server failed: it may be another one after its next start.
        """
        self._endpoints = [Endpoint(url) for url in urls]
        self._purpose = purpose
        self._patience = patience_seconds
        self._forget = forget
        # A new connection to a server nearby costs less than a millisecond, and none is left open in an event
        # loop that ends; only those that have to be encrypted first are kept.
        kept = 20 if any(endpoint.url.startswith("https:") for endpoint in self._endpoints) else 0
        self.client = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {api_key}"} if api_key else {},
            timeout=httpx.Timeout(timeout_seconds, connect=min(1.0, timeout_seconds)),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=kept),
            trust_env=False,
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self.client.aclose()

    async def ask(self, request: Callable[[Endpoint], Awaitable[Result]]) -> Result:
        """Return the first answer to `request`, asking each server once and, with patience, again.

        `request` raises Failed or httpx.HTTPError where a server does not answer as it should. Raises
        NoServerAnswers.
        """
        give_up_at = time.monotonic() + self._patience
        trouble: Exception | None = None
        while True:
            asked: list[Endpoint] = []
            while (endpoint := self._choose(asked)) is not None:
                asked.append(endpoint)
                endpoint.outstanding += 1
                try:
                    answer = await request(endpoint)
                except Busy as error:
                    trouble = error
                except Unable as error:
                    trouble = error
                    endpoint.paused_until = time.monotonic() + error.seconds
                    logger.info("%s cannot %s: %s", endpoint.url, self._purpose, error)
                except (Failed, httpx.HTTPError) as error:
                    trouble = error
                    endpoint.failed()
                    self._forget(endpoint)
                    logger.warning(
                        "%s cannot %s: %s", endpoint.url, self._purpose, error or type(error).__name__
                    )
                else:
                    endpoint.succeeded()
                    return answer
                finally:
                    endpoint.outstanding -= 1
            if time.monotonic() >= give_up_at:
                raise NoServerAnswers(str(trouble or "") or "No model server answers.") from trouble
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)

    def _choose(self, asked: Sequence[Endpoint]) -> Endpoint | None:
        return choose([endpoint for endpoint in self._endpoints if endpoint not in asked])


def checked(answer: httpx.Response) -> Any:
    """The JSON of an answer. Raises Busy or Failed where it is none."""
    if answer.status_code == 429:
        raise Busy("it has too much to do")
    if answer.status_code != 200:
        raise Failed(f"{answer.request.url.path} answered {answer.status_code}")
    try:
        return answer.json()
    except ValueError as error:
        raise Failed(f"{answer.request.url.path} answered no JSON") from error
