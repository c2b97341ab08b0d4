"""The definition of right: batched, chunked, joining late, greedy output is what `generate` gives alone."""

from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM

from inference.engine.engine import Engine, EngineConfig
from inference.engine.loader import load
from inference.engine.request import Output, SamplingParameters
from tests.inference.engine.tiny import ARCHITECTURES, write_model

LENGTHS = [1, 5, 30, 2, 17, 40, 9]
NEW_TOKENS = 16


def prompts(vocabulary: int) -> list[list[int]]:
    generator = torch.Generator().manual_seed(3)
    return [torch.randint(2, vocabulary, (length,), generator=generator).tolist() for length in LENGTHS]


def alone(path: Path, prompts: list[list[int]]) -> list[list[int]]:
    network = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32)
    answers = []
    for prompt in prompts:
        ids = torch.tensor([prompt])
        output = network.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=NEW_TOKENS,
            min_new_tokens=NEW_TOKENS,
            do_sample=False,
        )
        answers.append(output[0, len(prompt) :].tolist())
    return answers


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_batched_output_equals_one_at_a_time(architecture: str, tmp_path: Path) -> None:
    path = write_model(tmp_path, architecture, context_length=96)
    model = load(path, "fp32")
    engine = Engine(model, EngineConfig(max_batch=4, cache_gib=0.1, prefill_chunk=12, shared_prefill_chunk=5))
    # `generate` is told not to end early by hiding the end token; the same here.
    sampling = SamplingParameters(max_tokens=NEW_TOKENS, min_tokens=NEW_TOKENS, temperature=0)
    asked = prompts(model.network.config.vocab_size)
    outputs: list[Output] = []

    requests = []
    # They join one after the other, while the first are decoding, and three have to wait.
    for prompt in asked:
        requests.append(engine.submit(prompt, sampling, outputs.append))
        engine.step()
        engine.step()
    while engine.has_work:
        engine.step()

    assert [request.output for request in requests] == alone(path, asked)
    assert len({tuple(request.output) for request in requests}) > 1


def test_a_long_request_beside_short_ones_is_computed_apart_and_right(tmp_path: Path) -> None:
    path = write_model(tmp_path, context_length=512)
    model = load(path, "fp32")
    engine = Engine(model, EngineConfig(max_batch=4, cache_gib=0.1))
    long, short = prompts(model.network.config.vocab_size)[5] * 8, [5, 6]
    sampling = SamplingParameters(max_tokens=NEW_TOKENS, min_tokens=NEW_TOKENS, temperature=0)

    requests = [engine.submit(prompt, sampling, lambda output: None) for prompt in (short, long, short)]
    while engine.has_work:
        engine.step()

    assert [request.output for request in requests] == alone(path, [short, long, short])


def test_a_slot_is_used_again_without_traces_of_the_request_before(tmp_path: Path) -> None:
    path = write_model(tmp_path, "gemma3", context_length=96)
    model = load(path, "fp32")
    engine = Engine(model, EngineConfig(max_batch=1, cache_gib=0.1))
    sampling = SamplingParameters(max_tokens=NEW_TOKENS, min_tokens=NEW_TOKENS, temperature=0)

    long = engine.submit(list(range(2, 50)), sampling, lambda output: None)
    short = engine.submit([9, 8, 7], sampling, lambda output: None)
    while engine.has_work:
        engine.step()

    assert [long.output, short.output] == alone(path, [list(range(2, 50)), [9, 8, 7]])
