"""The log says which request and which conversation a line is about, for people and for programs."""

import asyncio
import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from chatbot.log_fields import AddFields, JsonFormatter, LineFormatter, log_fields, process_name


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    with written(JsonFormatter("web")) as stream:
        yield stream


class written:
    """The lines of the logger `parley.test`, in this form, while the block runs."""

    def __init__(self, formatter: logging.Formatter) -> None:
        self._stream = io.StringIO()
        self._handler = logging.StreamHandler(self._stream)
        self._handler.setFormatter(formatter)
        self._handler.addFilter(AddFields())
        self._logger = logging.getLogger("parley.test")

    def __enter__(self) -> io.StringIO:
        self._logger.addHandler(self._handler)
        self._logger.setLevel("INFO")
        return self._stream

    def __exit__(self, *_error: object) -> None:
        self._logger.removeHandler(self._handler)


logger = logging.getLogger("parley.test")


def objects(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_an_object_with_its_facts(lines: io.StringIO) -> None:
    with log_fields(request_id="r1"), log_fields(conversation="c1"):
        logger.info("a reply of %s has ended\n", "ours", extra={"queued_ms": 3, "first_token_ms": None})
    logger.warning("later")

    first, second = objects(lines)
    assert first["message"] == "a reply of ours has ended\n" and first["level"] == "INFO"
    assert (first["request_id"], first["conversation"], first["process"]) == ("r1", "c1", "web")
    assert first["queued_ms"] == 3 and first["first_token_ms"] is None
    assert first["time"].endswith("+00:00")
    assert "request_id" not in second and second["logger"] == "parley.test"


def test_an_exception_stays_on_its_line(lines: io.StringIO) -> None:
    try:
        raise ValueError("broken")
    except ValueError:
        logger.exception("it failed")

    (only,) = objects(lines)
    assert "ValueError: broken" in only["exception"] and only["message"] == "it failed"


def test_objects_that_libraries_attach_are_left_out(lines: io.StringIO) -> None:
    logger.info("seen", extra={"request": object(), "status_code": 503})

    (only,) = objects(lines)
    assert only["status_code"] == 503 and "request" not in only


async def test_tasks_keep_the_fields_that_held_when_they_began(lines: io.StringIO) -> None:
    goes_on = asyncio.Event()

    async def work(name: str) -> None:
        await goes_on.wait()
        logger.info(name)

    with log_fields(conversation="c1"):
        first = asyncio.create_task(work("first"))
    with log_fields(conversation="c2"):
        second = asyncio.create_task(work("second"))
    goes_on.set()
    await asyncio.gather(first, second)

    assert {line["message"]: line["conversation"] for line in objects(lines)} == {
        "first": "c1",
        "second": "c2",
    }


def test_people_read_the_fields_at_the_end_of_the_line() -> None:
    with written(LineFormatter("%(levelname)s %(message)s")) as stream, log_fields(request_id="r1"):
        logger.info("a page was slow", extra={"ms": 1200})

    assert stream.getvalue() == "INFO a page was slow request_id=r1 ms=1200\n"


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["manage.py", "serve"], "web"),
        (["manage.py", "runinference", "--port", "1"], "model server"),
        ([f"{sys.prefix}/lib/celery/__main__.py", "-A", "chatbot", "worker"], "worker"),
        (["manage.py", "migrate"], "migrate"),
        (["manage.py"], ""),
    ],
)
def test_processes_are_named_for_their_work(arguments: list[str], name: str) -> None:
    assert process_name(arguments) == name
