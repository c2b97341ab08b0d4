"""Log-probabilities reach the official client in OpenAI's shapes."""

import pytest
from openai import OpenAI

from tests.inference.server.conftest import MODEL

CHAT = {
    "model": MODEL,
    "messages": [{"role": "user", "content": "台灯 🎉"}],
    "max_tokens": 30,
    "temperature": 0,
    "logprobs": True,
    "top_logprobs": 3,
    "extra_body": {"ignore_eos": True},
}
TEXT = {"model": MODEL, "prompt": "The lamp", "max_tokens": 30, "temperature": 0, "logprobs": 2}


def test_chat_has_an_entry_for_each_token_with_its_bytes(client: OpenAI) -> None:
    choice = client.chat.completions.create(**CHAT).choices[0]
    entries = choice.logprobs.content

    assert len(entries) == 30
    assert all(len(entry.top_logprobs) == 3 and entry.logprob <= 0 for entry in entries)
    assert all(entry.top_logprobs[0].logprob == entry.logprob for entry in entries)
    written = b"".join(
        bytes(entry.bytes) for entry in entries if entry.token not in ("<|im_start|>", "<|im_end|>")
    )
    assert written.decode(errors="replace") == choice.message.content


def test_chat_streams_the_same_entries(client: OpenAI) -> None:
    whole = client.chat.completions.create(**CHAT).choices[0].logprobs.content
    chunks = client.chat.completions.create(**CHAT, stream=True)
    choices = [choice for chunk in chunks for choice in chunk.choices]

    streamed = [entry for choice in choices if choice.logprobs for entry in choice.logprobs.content]
    assert [entry.token for entry in streamed] == [entry.token for entry in whole]
    assert [entry.logprob for entry in streamed] == pytest.approx(
        [entry.logprob for entry in whole], abs=1e-3
    )


def test_text_completions_have_parallel_lists(client: OpenAI) -> None:
    choice = client.completions.create(**TEXT, extra_body={"ignore_eos": True}).choices[0]
    logprobs = choice.logprobs

    assert len(logprobs.tokens) == len(logprobs.token_logprobs) == len(logprobs.top_logprobs) == 30
    assert logprobs.text_offset == sorted(logprobs.text_offset) and logprobs.text_offset[0] == 0
    for token, offset, top in zip(logprobs.tokens, logprobs.text_offset, logprobs.top_logprobs, strict=True):
        if not token.startswith(("bytes:", "<|")):
            # Random weights leave characters unfinished, which end with the next one that is whole.
            assert choice.text[offset:].lstrip("\ufffd").startswith(token)
        assert token in top


def test_a_text_stream_goes_on_with_its_offsets(client: OpenAI) -> None:
    whole = client.completions.create(**TEXT).choices[0].logprobs
    chunks = client.completions.create(**TEXT, stream=True)
    pieces = [choice.logprobs for chunk in chunks for choice in chunk.choices]

    assert [offset for piece in pieces for offset in piece.text_offset] == whole.text_offset
    assert [token for piece in pieces for token in piece.tokens] == whole.tokens


def test_only_who_asks_gets_any(client: OpenAI) -> None:
    plain = {key: value for key, value in CHAT.items() if key not in ("logprobs", "top_logprobs")}

    assert client.chat.completions.create(**plain).choices[0].logprobs is None
    only_drawn = client.chat.completions.create(**{**plain, "logprobs": True})
    assert {len(entry.top_logprobs) for entry in only_drawn.choices[0].logprobs.content} == {0}
