"""The definition of right: whatever is shared, cut or guessed, greedy output is what `generate` says."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM

from inference.engine.engine import Engine, EngineConfig
from inference.engine.loader import LanguageModel, load
from inference.engine.request import Request, SamplingParameters
from tests.inference.engine.conftest import is_idle
from tests.inference.engine.tiny import ARCHITECTURES, write_model

LENGTHS = [1, 5, 30, 2, 17, 40, 9]
NEW_TOKENS = 16
# `generate` is told not to end early by hiding the end token; the same here.
GREEDY = SamplingParameters(max_tokens=NEW_TOKENS, min_tokens=NEW_TOKENS, temperature=0)
CONTEXT = 192

Load = Callable[[Path], LanguageModel]


def random_tokens(vocabulary: int, length: int, seed: int) -> list[int]:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(2, vocabulary, (length,), generator=generator).tolist()


def prompts(vocabulary: int) -> list[list[int]]:
    return [random_tokens(vocabulary, length, length) for length in LENGTHS]


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


def submit(engine: Engine, prompt: list[int]) -> Request:
    return engine.submit(prompt, GREEDY, lambda output: None)


def drain(engine: Engine) -> None:
    while engine.has_work:
        engine.step()
    assert is_idle(engine)


@pytest.fixture(params=["best", "transformers"])
def load_model(request: pytest.FixtureRequest) -> Load:
    """As it runs best here, and as it runs on a machine without a compiler."""
    if request.param == "transformers":
        request.getfixturevalue("without_kernels")
    return lambda path: load(path, "fp32")


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_batched_output_equals_one_at_a_time(architecture: str, load_model: Load, tmp_path: Path) -> None:
    path = write_model(tmp_path, architecture, context_length=CONTEXT)
    model = load_model(path)
    engine = Engine(model, EngineConfig(max_batch=4, cache_gib=0.1, prefill_chunk=12))
    asked = prompts(model.vocabulary)

    requests = []
    # They join one after the other, while the first are decoding, and three have to wait.
    for prompt in asked:
        requests.append(submit(engine, prompt))
        engine.step()
        engine.step()
    drain(engine)

    assert [request.output for request in requests] == alone(path, asked)
    assert len({tuple(request.output) for request in requests}) > 1


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_output_after_a_shared_beginning_equals_one_at_a_time(
    architecture: str, load_model: Load, tmp_path: Path
) -> None:
    path = write_model(tmp_path, architecture, context_length=CONTEXT)
    model = load_model(path)
    engine = Engine(model, EngineConfig(max_batch=3, cache_gib=0.1, prefill_chunk=40))
    beginning = random_tokens(model.vocabulary, 70, 1)
    asked = [[*beginning, *prompt] for prompt in prompts(model.vocabulary)]
    # Equal prompts, a prompt that is full blocks only, and one that is the beginning of another.
    asked += [asked[5], asked[5], beginning[:64], beginning[:65]]

    requests = [submit(engine, prompt) for prompt in asked]
    drain(engine)
    # A second turn: what was said and answered before, and more.
    second = [*asked[5], *requests[5].output, *random_tokens(model.vocabulary, 10, 9)]
    requests.append(submit(engine, second))
    drain(engine)

    assert [request.output for request in requests] == alone(path, [*asked, second])
    assert requests[-1].cached == 96
    assert sum(request.cached for request in requests) >= 64 * (len(requests) - 2)


class Oracle:
    """Knows what will be said, and is wrong about every fifth token."""

    def __init__(self, prompts: list[list[int]], answers: list[list[int]]) -> None:
        self._answers = {tuple(prompt): answer for prompt, answer in zip(prompts, answers, strict=True)}

    def draft(self, request: Request, *, streams: int, rows: int) -> tuple[int, ...]:
        done = len(request.output)
        ahead = self._answers[tuple(request.prompt)][done : request.sampling.max_tokens - 1]
        guesses = [3 if (done + place) % 5 == 4 else token for place, token in enumerate(ahead)]
        return tuple(guesses[: 1 + done % 8])

    def verified(self, request: Request, offered: int, accepted: int) -> None:
        pass

    def forget(self, request: Request) -> None:
        pass


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_speculated_output_equals_one_at_a_time(
    architecture: str, load_model: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_model(tmp_path, architecture, context_length=CONTEXT)
    model = load_model(path)
    beginning = random_tokens(model.vocabulary, 28, 1)
    asked = [*prompts(model.vocabulary), *([*beginning, *prompt] for prompt in prompts(model.vocabulary))]
    expected = alone(path, asked)
    monkeypatch.setattr("inference.engine.engine.Speculation", lambda costs: Oracle(asked, expected))
    engine = Engine(model, EngineConfig(max_batch=5, cache_gib=0.1, prefill_chunk=50))

    requests = [submit(engine, prompt) for prompt in asked]
    drain(engine)

    assert [request.output for request in requests] == expected
    statistics = engine.statistics
    # How many steps make no guesses, since a prompt is read in them, depends on how fast the machine is.
    assert statistics.drafts_offered > statistics.drafts_accepted > statistics.generated_tokens / 8
    assert statistics.generated_tokens == NEW_TOKENS * len(asked)


@pytest.mark.usefixtures("free_drafts")
def test_an_answer_that_repeats_itself_is_guessed_and_right(load_model: Load, tmp_path: Path) -> None:
    path = write_model(tmp_path, "gemma3", context_length=CONTEXT)
    model = load_model(path)
    engine = Engine(model, EngineConfig(max_batch=4, cache_gib=0.1))
    asked = prompts(model.vocabulary)

    requests = [submit(engine, prompt) for prompt in asked]
    drain(engine)

    assert [request.output for request in requests] == alone(path, asked)
    assert engine.statistics.drafts_accepted > 0


def test_a_long_request_beside_short_ones_is_computed_apart_and_right(
    load_model: Load, tmp_path: Path
) -> None:
    path = write_model(tmp_path, context_length=512)
    model = load_model(path)
    engine = Engine(model, EngineConfig(max_batch=4, cache_gib=0.1))
    long, short = prompts(model.vocabulary)[5] * 8, [5, 6]

    requests = [submit(engine, prompt) for prompt in (short, long, short)]
    drain(engine)

    assert [request.output for request in requests] == alone(path, [short, long, short])


@pytest.mark.parametrize("architecture", ["llama", "gemma3"])
def test_a_cache_too_small_for_all_gives_the_same_output(
    architecture: str, load_model: Load, tmp_path: Path
) -> None:
    path = write_model(tmp_path, architecture, context_length=CONTEXT)
    model = load_model(path)
    engine = Engine(model, EngineConfig(max_batch=4, cache_gib=0.1, context_length=128))
    room = 6 * 32 * engine._runner.bytes_per_token
    engine = Engine(model, EngineConfig(max_batch=4, cache_gib=room / 2**30, context_length=128))
    assert engine.statistics.blocks_total == 6
    beginnings = [random_tokens(model.vocabulary, 40, seed) for seed in range(3)]
    asked = [[*beginnings[number % 3], number + 5, *[7] * (5 * number)] for number in range(10)]

    requests = [submit(engine, prompt) for prompt in asked]
    drain(engine)

    assert [request.output for request in requests] == alone(path, asked)


def test_sampled_output_is_the_same_with_and_without_speculation(
    load_model: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = load_model(write_model(tmp_path))
    asked = [[seed, 7, 8] * 10 for seed in (3, 4, 5)]
    sampling = SamplingParameters(max_tokens=60, temperature=0.8, top_p=0.9, seed=11, ignore_eos=True)

    def answer(*, speculate: bool) -> tuple[list[list[int]], int]:
        engine = Engine(model, EngineConfig(max_batch=4, cache_gib=0.1, speculate=speculate))
        requests = [engine.submit(prompt, sampling, lambda output: None) for prompt in asked]
        drain(engine)
        return [request.output for request in requests], engine.statistics.drafts_accepted

    plain, accepted = answer(speculate=False)
    assert accepted == 0
    monkeypatch.setattr("inference.engine.engine.Speculation", lambda costs: Oracle(asked, plain))
    guessed, accepted = answer(speculate=True)

    assert guessed == plain and accepted > 60
