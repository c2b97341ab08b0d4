"""A request is answered in one thread, from its first middleware to the last piece of its answer."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import path

from chatbot.http_handler import ThreadedHandler

pytestmark = pytest.mark.urls(__name__)

SOURCE = Path(__file__)
SOURCE_BYTES = SOURCE.read_bytes()
seen: list[str] = []
gate = threading.Event()
waiting = threading.Semaphore(0)


def note_thread(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def middleware(request: HttpRequest) -> HttpResponse:
        seen.append(threading.current_thread().name)
        return get_response(request)

    return middleware


def plain(request: HttpRequest) -> HttpResponse:
    seen.append(threading.current_thread().name)
    answer = HttpResponse(request.method.encode() + request.body)
    answer.set_cookie("taste", "sweet")
    return answer


def slow(request: HttpRequest) -> HttpResponse:
    waiting.release()
    gate.wait(10)
    return HttpResponse()


def pieces(request: HttpRequest) -> HttpResponseBase:
    def counted() -> Iterator[str]:
        for number in range(3):
            seen.append(threading.current_thread().name)
            yield f"{number},"

    return StreamingHttpResponse(counted(), headers={"X-Kind": "pieces"})


def source(request: HttpRequest) -> HttpResponseBase:
    return FileResponse(SOURCE.open("rb"))


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("this view is broken")


urlpatterns = [
    path(name, view)
    for name, view in {
        "plain": plain,
        "slow": slow,
        "health/live": plain,
        "pieces": pieces,
        "source": source,
        "broken": broken,
    }.items()
]


@pytest.fixture
async def client(settings: Any) -> AsyncIterator[httpx.AsyncClient]:
    settings.MIDDLEWARE = [f"{__name__}.note_thread"]
    settings.ALLOWED_HOSTS = ["testserver"]
    seen.clear()
    gate.clear()
    transport = httpx.ASGITransport(ThreadedHandler(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        yield client
    gate.set()


async def test_middleware_and_view_share_a_thread(client: httpx.AsyncClient) -> None:
    answer = await client.post("/plain", content=b" of a body")
    assert (answer.status_code, answer.text, answer.cookies["taste"]) == (200, "POST of a body", "sweet")
    assert len(seen) == 2 and len(set(seen)) == 1 and seen[0].startswith("http")


async def test_a_stream_is_sent_as_it_is_made(client: httpx.AsyncClient) -> None:
    answer = await client.get("/pieces")
    assert (answer.text, answer.headers["X-Kind"]) == ("0,1,2,", "pieces")
    assert len(set(seen)) == 1


async def test_a_file_arrives_whole(client: httpx.AsyncClient) -> None:
    assert (await client.get("/source")).content == SOURCE_BYTES


async def test_a_broken_view_answers_500(client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture) -> None:
    assert (await client.get("/broken")).status_code == 500
    assert "this view is broken" in caplog.text


async def test_a_probe_does_not_wait_behind_slow_requests(client: httpx.AsyncClient) -> None:
    held_up = [asyncio.create_task(client.get("/slow")) for _ in range(12)]
    await asyncio.to_thread(lambda: [waiting.acquire() for _ in range(10)])
    assert (await client.get("/health/live")).status_code == 200
    assert not any(task.done() for task in held_up)
    gate.set()
    assert {answer.status_code for answer in await asyncio.gather(*held_up)} == {200}
