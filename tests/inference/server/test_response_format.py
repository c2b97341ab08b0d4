"""`response_format`: what is asked for is what comes, even from random weights."""

import json
from typing import Any, Literal

import httpx
import openai
import pytest
from openai import OpenAI
from pydantic import BaseModel

from tests.inference.server.conftest import MODEL

ASK = {"model": MODEL, "messages": [{"role": "user", "content": "Where is it?"}], "max_tokens": 200}
SCHEMA = {
    "type": "object",
    "properties": {
        "topic": {"enum": ["delivery", "return"]},
        "days": {"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 9}, "maxItems": 3},
    },
    "required": ["topic", "days"],
    "additionalProperties": False,
}


def _format(schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema, **more}}


def _check(text: str) -> None:
    answer = json.loads(text)
    assert list(answer) == ["topic", "days"] and answer["topic"] in ("delivery", "return")
    assert len(answer["days"]) <= 3 and set(answer["days"]) <= set(range(1, 10))


def test_every_choice_follows_the_schema(client: OpenAI) -> None:
    answer = client.chat.completions.create(
        **ASK, n=2, temperature=1.0, response_format=_format(SCHEMA, strict=True)
    )

    for choice in answer.choices:
        assert choice.finish_reason == "stop"
        _check(choice.message.content)


def test_streams_follow_it_too(client: OpenAI) -> None:
    chunks = client.chat.completions.create(
        **ASK, n=2, temperature=1.0, seed=5, stream=True, response_format=_format(SCHEMA)
    )
    texts = {0: "", 1: ""}
    for chunk in chunks:
        for choice in chunk.choices:
            texts[choice.index] += choice.delta.content or ""

    for text in texts.values():
        _check(text)


class Topic(BaseModel):
    topic: Literal["delivery", "return"]
    urgent: bool


def test_the_official_client_parses_into_its_own_classes(client: OpenAI) -> None:
    answer = client.chat.completions.parse(**ASK, temperature=1.0, response_format=Topic)

    assert isinstance(answer.choices[0].message.parsed, Topic)


def test_a_json_object_begins_as_one(client: OpenAI) -> None:
    choice = client.chat.completions.create(**ASK, temperature=0, response_format={"type": "json_object"})
    text = choice.choices[0].message.content

    assert text.startswith("{")
    if choice.choices[0].finish_reason == "stop":
        assert isinstance(json.loads(text), dict)


def test_text_is_free(client: OpenAI) -> None:
    options = {**ASK, "max_tokens": 12, "temperature": 0}
    free = client.chat.completions.create(**options)
    text = client.chat.completions.create(**options, response_format={"type": "text"})

    assert text.choices[0].message.content == free.choices[0].message.content


@pytest.mark.parametrize(
    "schema", [{"type": "strin"}, {"type": "string", "pattern": "("}, {"enum": ["x" * 20_000]}]
)
def test_a_wrong_schema_is_refused_by_name(client: OpenAI, schema: dict[str, Any]) -> None:
    with pytest.raises(openai.BadRequestError, match="response_format") as raised:
        client.chat.completions.create(**ASK, response_format=_format(schema))

    assert raised.value.param == "response_format"


def test_an_endless_answer_cannot_be_asked_for_with_a_format(http: httpx.Client) -> None:
    body = {**ASK, "response_format": {"type": "json_object"}, "ignore_eos": True}

    assert http.post("/v1/chat/completions", json=body).status_code == 400
