"""A network in the kernels gives what transformers gives, and the same bits however a text is cut."""

import itertools
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM

from inference.engine.batch import Batch, Segment
from inference.engine.loader import load
from inference.engine.native.kernels import Kernels
from inference.engine.native.packing import Precision
from inference.engine.native.runner import NativeRunner
from tests.inference.engine.tiny import write_model

SERVED = ["llama", "qwen3", "gemma3", "mistral"]
BLOCKS = [5, 3, 6, 2]
TEXT = torch.randint(2, 300, (100,), generator=torch.Generator().manual_seed(4)).tolist()


def runner_of(path: Path, precision: Precision) -> NativeRunner:
    model = load(path, precision, threads=2)
    assert model.native is not None and model.kernels is not None
    runner = NativeRunner(model.native, model.kernels)
    runner.allocate(8)
    return runner


def batch(parts: Sequence[tuple[int, int, list[int]]]) -> Batch:
    """Pieces of TEXT from a position to another, each in its own blocks; logits are wanted for all tokens."""
    segments: list[Segment] = []
    rows = 0
    for number, (start, end, blocks) in enumerate(parts):
        segments.append(Segment(rows, rows + end - start, start, blocks, end - start > 1, str(number)))
        rows += end - start
    return Batch(
        tokens=torch.tensor([token for start, end, _ in parts for token in TEXT[start:end]]),
        positions=torch.tensor([place for start, end, _ in parts for place in range(start, end)]),
        wanted=torch.arange(rows),
        segments=segments,
    )


@pytest.mark.parametrize("architecture", SERVED)
def test_logits_are_those_of_transformers(kernels: Kernels, architecture: str, tmp_path: Path) -> None:
    path = write_model(tmp_path, architecture, context_length=256)
    expected = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32)(torch.tensor([TEXT])).logits[0]

    logits = runner_of(path, "fp32").run(batch([(0, 100, BLOCKS)]))

    torch.testing.assert_close(logits, expected.detach(), rtol=1e-4, atol=2e-4)


@pytest.mark.parametrize("precision", ["fp32", "bf16", "int8", "int4"])
@pytest.mark.parametrize("architecture", SERVED)
def test_a_text_gives_the_same_bits_whole_in_pieces_and_beside_others(
    kernels: Kernels, architecture: str, precision: Precision, tmp_path: Path
) -> None:
    runner = runner_of(write_model(tmp_path, architecture, context_length=256), precision)
    whole = runner.run(batch([(0, 100, BLOCKS)]))

    cuts = [0, 37, 38, 39, 64, 100]
    pieces = [
        runner.run(batch([(start, end, BLOCKS), (0, 9, [7]), (0, 1, [4])]))[: end - start]
        for start, end in itertools.pairwise(cuts)
    ]

    assert torch.equal(torch.cat(pieces), whole)


def test_a_cleared_block_holds_nothing_of_the_request_before(kernels: Kernels, tmp_path: Path) -> None:
    runner = runner_of(write_model(tmp_path, context_length=256), "fp32")
    first = runner.run(batch([(0, 20, [1])]))
    runner.run(batch([(40, 60, [1])]))

    runner.clear_blocks([1])

    assert torch.equal(runner.run(batch([(0, 20, [1])])), first)
