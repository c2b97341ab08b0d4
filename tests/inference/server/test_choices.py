"""Several answers to one request: each as it would be alone."""

import json
import socket

import pytest
from openai import OpenAI

from tests.eventually import eventually
from tests.inference.server.conftest import MODEL, ModelServer

OPTIONS = {
    "model": MODEL,
    "messages": [{"role": "user", "content": "Where is my lamp?"}],
    "max_tokens": 15,
    "temperature": 1.0,
    "extra_body": {"ignore_eos": True},
}


def test_each_choice_is_what_its_own_seed_gives(client: OpenAI) -> None:
    together = client.chat.completions.create(**OPTIONS, n=3, seed=40)
    alone = [client.chat.completions.create(**OPTIONS, seed=seed) for seed in (40, 41, 42)]

    assert [choice.index for choice in together.choices] == [0, 1, 2]
    texts = [choice.message.content for choice in together.choices]
    assert texts == [answer.choices[0].message.content for answer in alone]
    assert len(set(texts)) == 3
    assert together.usage.completion_tokens == 45
    assert together.usage.prompt_tokens == alone[0].usage.prompt_tokens


def test_a_stream_tells_them_apart_by_their_index(client: OpenAI) -> None:
    whole = client.chat.completions.create(**OPTIONS, n=3, seed=40)
    chunks = list(
        client.chat.completions.create(
            **OPTIONS, n=3, seed=40, stream=True, stream_options={"include_usage": True}
        )
    )

    choices = [choice for chunk in chunks for choice in chunk.choices]
    for index, expected in enumerate(whole.choices):
        own = [choice for choice in choices if choice.index == index]
        assert own[0].delta.role == "assistant"
        assert "".join(choice.delta.content or "" for choice in own) == expected.message.content
        assert [choice.finish_reason for choice in own if choice.finish_reason] == [expected.finish_reason]
    assert chunks[-1].usage.completion_tokens == 45


def test_text_completions_have_choices_too(client: OpenAI) -> None:
    options = {"model": MODEL, "prompt": "The lamp", "max_tokens": 9, "n": 2, "seed": 3}
    whole = client.completions.create(**options)
    chunks = list(client.completions.create(**options, stream=True))

    for index in range(2):
        pieces = [choice.text for chunk in chunks for choice in chunk.choices if choice.index == index]
        assert "".join(pieces) == whole.choices[index].text


@pytest.mark.parametrize("stream", [True, False])
async def test_a_closed_connection_ends_all(model_server: ModelServer, stream: bool) -> None:
    asked = {key: value for key, value in OPTIONS.items() if key != "extra_body"}
    body = json.dumps({**asked, "max_tokens": 400, "ignore_eos": True, "n": 3, "stream": stream}).encode()
    head = (
        "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", model_server.port)) as connection:
        connection.sendall(head.encode() + body)
        await eventually(lambda: model_server.engine.running == 3)
        requests = list(model_server.engine._scheduler.running)
    await eventually(lambda: not model_server.engine.has_work)

    assert {request.finish_reason for request in requests} == {"cancelled"}
