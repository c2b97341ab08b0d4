"""Bad frames: each earns its documented error, the text is not logged, and the conversation goes on."""

import json
import logging
from typing import Any

import pytest

from chatbot.conversations.runner import ReplyRunners
from tests.visitor import VisitorClient

pytestmark = pytest.mark.django_db(transaction=True)

SECRET_WORDS = "my card is 4111 1111"

BAD_FRAMES = {
    "invalid_json": "{" + SECRET_WORDS,
    "unknown_type": json.dumps({"type": "dance", "text": SECRET_WORDS}),
    "invalid": json.dumps({"type": "send", "text": SECRET_WORDS}),
    "invalid ": json.dumps({"type": "send", "client_id": "c\x00", "text": SECRET_WORDS}),
    "invalid_json ": '{"type": "send", "client_id": "c", "text": "\\ud800"}',
    "empty": json.dumps({"type": "send", "client_id": "c1", "text": "  \n "}),
    "too_long": json.dumps({"type": "send", "client_id": "c2", "text": SECRET_WORDS * 500}),
    "hello_first": json.dumps({"type": "hello", "ticket": SECRET_WORDS}),
    "not_found": json.dumps({"type": "feedback", "message": "0" * 32, "value": "up"}),
    "not_allowed": json.dumps({"type": "rating", "score": 5}),
    "invalid  ": json.dumps({"type": "rating", "score": 6}),
    "invalid   ": json.dumps({"type": "contact", "address": SECRET_WORDS + " or so"}),
    "invalid    ": json.dumps({"type": "page", "url": "javascript:alert(1)"}),
    "invalid     ": json.dumps({"type": "page", "url": "https://shop.example/" + "x" * 3000}),
    "invalid      ": json.dumps({"type": "handoff", "wanted": "perhaps"}),
}


@pytest.mark.parametrize("code", BAD_FRAMES)
async def test_a_bad_frame_earns_its_error_and_loses_nothing(
    code: str, runners: ReplyRunners, visitor: VisitorClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="chatbot")
    await visitor.open()
    await visitor.socket.send_to(text_data=BAD_FRAMES[code])
    error = await visitor.next("error")
    await visitor.say("Still there?")
    reply = await visitor.finished()

    assert error["code"] == code.strip() and error["detail"]
    assert reply["text"] == "Hello from the script."
    assert SECRET_WORDS not in caplog.text


async def test_a_binary_frame_is_refused(visitor: VisitorClient) -> None:
    await visitor.open()
    await visitor.socket.send_to(bytes_data=b"\x00\xff")

    assert (await visitor.next("error"))["code"] == "binary"


async def test_a_frame_over_64_kib_closes_the_socket(visitor: VisitorClient) -> None:
    await visitor.open()
    await visitor.say("x" * 100_000)

    assert (await visitor.next("error"))["code"] == "too_big"
    assert await visitor.close_code() == 1009


async def test_characters_that_a_database_refuses_are_left_out(
    runners: ReplyRunners, visitor: VisitorClient
) -> None:
    await visitor.open()
    await visitor.say("nul\x00 and \x1b[31m red")
    asked = await visitor.next("event", kind="message.created")

    assert asked["data"]["text"] == "nul and \x1b[31m red"
    await visitor.finished()


async def test_a_flood_of_bad_frames_closes_the_socket(visitor: VisitorClient) -> None:
    await visitor.open()
    for _ in range(20):
        await visitor.socket.send_to(text_data="no json")

    assert await visitor.close_code() == 1008


@pytest.mark.parametrize("value", ["1", "null", "[]", '"text"', '{"type": null}', '{"type": {"a": 1}}'])
async def test_json_that_is_no_frame_is_refused(value: Any, visitor: VisitorClient) -> None:
    await visitor.open()
    await visitor.socket.send_to(text_data=value)

    assert (await visitor.next("error"))["code"] in ("unknown_type", "invalid")


@pytest.mark.parametrize("bad", ["empty", "hello_first"])
async def test_errors_speak_the_visitors_language(bad: str, visitor: VisitorClient) -> None:
    await visitor.open(language="zh-hans")
    await visitor.socket.send_to(text_data=BAD_FRAMES[bad])

    detail = (await visitor.next("error"))["detail"]
    assert any("\u4e00" <= character <= "\u9fff" for character in detail)
