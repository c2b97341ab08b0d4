"""What the model servers serve now, for pages: asked of each of them."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx
from django.conf import settings

_TIMEOUT_SECONDS = 1.5


@dataclass(frozen=True, slots=True)
class ServerReport:
    """One server: what it writes with, the one that answers first, and why it refuses what is wanted."""

    url: str
    answers: bool
    models: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()


def reports() -> list[ServerReport]:
    """Ask every server of INFERENCE_URLS at once; one that is away has `answers` False."""
    urls = list(settings.INFERENCE_URLS)
    with ThreadPoolExecutor(max(1, len(urls)), thread_name_prefix="serving") as threads:
        return list(threads.map(_report, urls))


def _report(url: str) -> ServerReport:
    key = settings.INFERENCE_API_KEY
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        answer = httpx.get(
            f"{url.rstrip('/')}/models", headers=headers, timeout=_TIMEOUT_SECONDS, trust_env=False
        )
        content: dict[str, Any] = answer.json()
        # Other servers name no kind: all that they name writes.
        names = tuple(
            str(model["id"]) for model in content["data"] if model.get("kind", "language") == "language"
        )
        refused = tuple((str(each["id"]), str(each["reason"])) for each in content.get("refused") or ())
    except (httpx.HTTPError, AttributeError, KeyError, TypeError, ValueError):
        return ServerReport(url, answers=False)
    return ServerReport(url, answers=True, models=names, refused=refused)
