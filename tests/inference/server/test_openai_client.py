"""OpenAI's own Python client finds every endpoint as it expects it."""

import base64
import struct

import pytest
from openai import OpenAI

from tests.inference.server.conftest import ENCODER, MODEL

MESSAGES = [{"role": "user", "content": "Where is my lamp?"}]


def test_chat_as_a_whole(client: OpenAI) -> None:
    answer = client.chat.completions.create(model=MODEL, messages=MESSAGES, max_tokens=8, temperature=0)

    assert answer.choices[0].message.role == "assistant" and answer.choices[0].message.content
    assert answer.choices[0].finish_reason in ("stop", "length")
    assert answer.usage.completion_tokens <= 8
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


def test_chat_as_a_stream_says_the_same_with_usage_at_the_end(client: OpenAI) -> None:
    options = {"model": MODEL, "messages": MESSAGES, "max_tokens": 20, "temperature": 0}
    whole = client.chat.completions.create(**options)
    chunks = list(
        client.chat.completions.create(**options, stream=True, stream_options={"include_usage": True})
    )

    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == whole.choices[0].message.content
    assert chunks[-2].choices[0].finish_reason == whole.choices[0].finish_reason
    assert chunks[-1].choices == []
    assert chunks[-1].usage.completion_tokens == whole.usage.completion_tokens
    assert chunks[-1].usage.prompt_tokens == whole.usage.prompt_tokens
    assert all(chunk.usage is None for chunk in chunks[:-1])


def test_a_started_answer_is_continued(client: OpenAI) -> None:
    options = {"model": MODEL, "max_tokens": 12, "temperature": 0, "extra_body": {"ignore_eos": True}}
    whole = client.chat.completions.create(messages=MESSAGES, **options).choices[0].message.content
    options["extra_body"] |= {"continue_final_message": True, "add_generation_prompt": False}
    begun = [*MESSAGES, {"role": "assistant", "content": "The lamp"}]
    rest = client.chat.completions.create(messages=begun, **options).choices[0].message.content

    assert rest and not rest.startswith("The lamp") and whole


def test_text_completion_both_ways(client: OpenAI) -> None:
    options = {"model": MODEL, "prompt": "The lamp", "max_tokens": 10, "temperature": 0}
    whole = client.completions.create(**options)
    chunks = list(client.completions.create(**options, stream=True, stream_options={"include_usage": True}))

    assert "".join(chunk.choices[0].text for chunk in chunks if chunk.choices) == whole.choices[0].text
    assert chunks[-1].usage.completion_tokens == whole.usage.completion_tokens


def test_a_seed_repeats_an_answer(client: OpenAI) -> None:
    options = {"model": MODEL, "messages": MESSAGES, "max_tokens": 12, "temperature": 1.2, "top_p": 0.9}
    texts = [
        client.chat.completions.create(**options, seed=seed).choices[0].message.content for seed in (5, 5, 6)
    ]

    assert texts[0] == texts[1] != texts[2]


def test_stop_strings_end_the_answer(client: OpenAI) -> None:
    options = {"model": MODEL, "prompt": "The lamp", "max_tokens": 40, "temperature": 0}
    free = client.completions.create(**options, extra_body={"ignore_eos": True}).choices[0].text
    stop = free[5:7]
    stopped = client.completions.create(**options, stop=[stop], extra_body={"ignore_eos": True})

    assert stopped.choices[0].text == free[: free.index(stop)]
    assert stopped.choices[0].finish_reason == "stop"


@pytest.mark.parametrize("texts", ["one text", ["first", "second, longer"]])
def test_embeddings_keep_the_order(client: OpenAI, texts: str | list[str]) -> None:
    answer = client.embeddings.create(model=ENCODER, input=texts, encoding_format="float")

    lengths = [item.embedding[1] for item in answer.data]
    assert lengths == [len(text) for text in ([texts] if isinstance(texts, str) else texts)]
    assert answer.usage.prompt_tokens == sum(lengths)


def test_embeddings_come_as_base64_too(client: OpenAI) -> None:
    packed = client.embeddings.with_raw_response.create(
        model=ENCODER, input="audio", encoding_format="base64"
    ).http_response.json()["data"][0]["embedding"]

    assert struct.unpack("<2f", base64.b64decode(packed)) == (4.0, 5.0)
    assert client.embeddings.create(model=ENCODER, input="audio").data[0].embedding == [4.0, 5.0]


def test_models_are_listed(client: OpenAI) -> None:
    models = {model.id: model for model in client.models.list()}

    assert set(models) == {MODEL, ENCODER}
    assert models[MODEL].max_model_len == 512
    assert client.models.retrieve(MODEL).id == MODEL
