"""Layers that share matrices: stored once, held once, and the answers are those of the network."""

import json
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM

from inference.engine.loader import LanguageModel, LoadError, load
from inference.engine.shared_layers import separate
from inference.engine.stored_networks import SHARED_FILE, read_stored_network
from tests.inference.engine.greedy import engine_says, network_says
from tests.inference.engine.small_folders import OWNERS, write_packed_model, write_shared_model


@pytest.fixture(params=["best", "transformers"])
def is_native(request: pytest.FixtureRequest) -> bool:
    if request.param == "transformers":
        request.getfixturevalue("without_kernels")
    return request.param == "best"


@pytest.mark.parametrize("architecture", ["llama", "qwen3", "gemma3"])
def test_greedy_text_is_that_of_the_network(architecture: str, is_native: bool, tmp_path: Path) -> None:
    folder = write_shared_model(tmp_path, architecture)
    assert engine_says(load(folder, "fp32", threads=1)) == network_says(read_stored_network(folder))


def test_each_matrix_is_stored_once_and_held_once(tmp_path: Path) -> None:
    folder = write_shared_model(tmp_path)
    whole, shared = (sum(each.numel() for each in network.parameters()) for network in networks(tmp_path))
    attention, mlp = 64 * 64 * 2 + 2 * 64 * 32, 3 * 64 * 96
    assert shared == whole - attention - mlp
    assert (folder / SHARED_FILE).stat().st_size < 4 * shared + 8192

    held = native_bytes(load(folder, "fp32", threads=1))
    assert held == native_bytes(load(tmp_path / "plain", "fp32", threads=1)) - 4 * (attention + mlp)


def networks(folder: Path) -> tuple[torch.nn.Module, torch.nn.Module]:
    return read_stored_network(folder / "plain"), read_stored_network(folder / "shared")


def native_bytes(model: LanguageModel) -> int:
    """Bytes of the matrices that the kernels hold."""
    if model.native is None:
        pytest.skip("without the engine's own kernels")
    return sum(getattr(each, "nbytes", 0) for each in model.native.kept if hasattr(each, "format"))


def test_packed_layers_share_too(tmp_path: Path) -> None:
    folder = write_packed_model(tmp_path, "int8", shares=True)
    config = json.loads((folder / "config.json").read_text())
    assert config["shared_layers"] == OWNERS
    assert engine_says(load(folder, "fp32", threads=1)) == network_says(read_stored_network(folder))
    load(folder, threads=1)


def test_separated_layers_are_a_folder_for_any_program(tmp_path: Path) -> None:
    network = read_stored_network(write_shared_model(tmp_path))
    before = network_says(network)
    separate(network)
    network.save_pretrained(tmp_path / "plain again")
    again = AutoModelForCausalLM.from_pretrained(tmp_path / "plain again")
    assert network_says(again) == before


@pytest.mark.parametrize(
    ("owners", "said"),
    [
        ({"attention": [0, 0, 2]}, "which layers share"),
        ({"attention": [0, 0], "mlp": [0, 1, 1]}, "do not exist"),
        ({"attention": [0, 2, 2], "mlp": [0, 1, 1]}, "do not exist"),
        ({"attention": [0, 0, 1], "mlp": [0, 1, 1]}, "do not exist"),
        ({"attention": ["0", 0, 2], "mlp": [0, 1, 1]}, "do not exist"),
        ("yes", "which layers share"),
        ({"attention": [0, 1, 2], "mlp": [0, 1, 1]}, "lacks model.layers.1.self_attn"),
        ({"attention": [0, 0, 2], "mlp": [0, 0, 0]}, "holds, against config.json, model.layers.1.mlp"),
    ],
)
def test_a_configuration_that_shares_what_is_not_there_is_refused(
    owners: object, said: str, is_native: bool, tmp_path: Path
) -> None:
    folder = write_shared_model(tmp_path)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "shared_layers": owners}))
    with pytest.raises(LoadError, match=said):
        load(folder, threads=1)


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    folder = write_shared_model(tmp_path)
    (folder / SHARED_FILE).write_bytes((folder / SHARED_FILE).read_bytes()[:-9])
    with pytest.raises(LoadError, match="damaged or cut short"):
        load(folder, threads=1)
