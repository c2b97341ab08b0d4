"""A client that leaves takes its generation along."""

import json
import socket

import pytest

from tests.eventually import eventually
from tests.inference.server.conftest import MODEL, ModelServer


@pytest.mark.parametrize("stream", [True, False])
async def test_a_closed_connection_ends_its_generation(model_server: ModelServer, stream: bool) -> None:
    body = json.dumps(
        {
            "model": MODEL,
            "messages": [{"role": "user", "content": "Hello"}],
            "max_tokens": 400,
            "ignore_eos": True,
            "stream": stream,
        }
    ).encode()
    head = (
        "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    connection = socket.create_connection(("127.0.0.1", model_server.port))
    connection.sendall(head.encode() + body)
    await eventually(lambda: model_server.engine.running == 1)
    (request,) = model_server.engine._scheduler.running
    connection.close()
    await eventually(lambda: model_server.engine.running == 0)

    assert request.finish_reason == "cancelled" and len(request.output) < 400
