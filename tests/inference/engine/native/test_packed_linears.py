"""Architectures that transformers runs layer by layer multiply with packed weights too."""

from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM

from inference.engine.engine import Engine, EngineConfig
from inference.engine.loader import load
from inference.engine.native.kernels import Kernels
from inference.engine.native.linear import PackedLinear, pack_linears
from inference.engine.native.packing import Precision
from tests.inference.engine.conftest import Asked, run
from tests.inference.engine.tiny import write_model

OTHERS = ["phi", "gpt2"]


@pytest.mark.parametrize(("precision", "tolerance"), [("fp32", 1e-5), ("int8", 0.12)])
@pytest.mark.parametrize("architecture", OTHERS)
def test_scores_stay_near_to_those_of_the_weights(
    kernels: Kernels, architecture: str, precision: Precision, tolerance: float, tmp_path: Path
) -> None:
    path = write_model(tmp_path, architecture)
    network = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32).eval()
    text = torch.arange(2, 40)[None]
    with torch.inference_mode():
        exact = network(text).logits
        pack_linears(network, precision, kernels)
        packed = network(text).logits

    assert any(isinstance(module, PackedLinear) for module in network.modules())
    assert (packed - exact).norm() / exact.norm() < tolerance


@pytest.mark.parametrize("architecture", OTHERS)
def test_the_engine_serves_them(kernels: Kernels, architecture: str, tmp_path: Path) -> None:
    engine = Engine(load(write_model(tmp_path, architecture), "int8", threads=2), EngineConfig(cache_gib=0.1))
    asked = [Asked(engine, [5, 6, 7 + number], max_tokens=8, ignore_eos=True) for number in range(3)]
    run(engine)

    assert engine.runner_name == "transformers"
    assert [len(one.request.output) for one in asked] == [8, 8, 8]
