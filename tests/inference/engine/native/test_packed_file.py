"""Packed weights are served from their file as they are, and from no file that is damaged or another's."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from inference.engine.loader import LoadError, load
from inference.engine.native.kernels import Kernels
from inference.engine.native.packed_file import NAME
from inference.engine.native.packing import Precision, pack
from inference.engine.native.unpacking import unpack
from inference.engine.stored_networks import read_stored_network
from tests.inference.engine.greedy import engine_says, network_says
from tests.inference.engine.native.test_network import BLOCKS, batch, runner_of
from tests.inference.engine.small_folders import write_packed_model


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    return write_packed_model(tmp_path, "int4")


@pytest.mark.parametrize("architecture", ["llama", "qwen3", "gemma3", "mistral"])
@pytest.mark.parametrize("precision", ["int8", "int4"])
def test_it_gives_the_bits_that_packing_at_the_start_gives(
    kernels: Kernels, architecture: str, precision: Precision, tmp_path: Path
) -> None:
    folder = write_packed_model(tmp_path, precision, architecture)

    from_file = runner_of(folder, "auto").run(batch([(0, 100, BLOCKS)]))

    packed_at_start = runner_of(tmp_path / "plain", precision).run(batch([(0, 100, BLOCKS)]))
    assert torch.equal(from_file, packed_at_start)


def test_the_network_never_exists_unpacked(kernels: Kernels, packed: Path) -> None:
    model = load(packed, threads=1)
    assert model.native is not None and model.precision == "int4"
    assert {weight.device.type for weight in model.network.parameters()} == {"meta"}
    # What the kernels read lies in the mapped file.
    mapped = [line for line in Path("/proc/self/maps").read_text().splitlines() if line.endswith(NAME)]
    ranges = [tuple(int(end, 16) for end in line.split()[0].split("-")) for line in mapped]
    address = model.native.layers[0].down.data
    assert any(start <= address < end for start, end in ranges)


def test_another_precision_is_served_unpacked_and_the_log_says_so(
    kernels: Kernels, packed: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model = load(packed, "fp32", threads=1)
    assert "unpacked" in caplog.text
    assert engine_says(model) == network_says(read_stored_network(packed))


@pytest.mark.usefixtures("without_kernels")
def test_it_is_served_without_kernels_and_the_log_says_that_it_is_unpacked(
    packed: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model = load(packed, "fp32")
    assert model.native is None
    assert "unpacked" in caplog.text
    assert engine_says(model) == network_says(read_stored_network(packed))


@pytest.mark.parametrize("shape", [(70, 100), (64, 64)])
@pytest.mark.parametrize("precision", ["fp32", "bf16", "int8", "int4"])
def test_unpacked_numbers_are_those_that_the_kernels_multiply(
    kernels: Kernels, precision: Precision, shape: tuple[int, int]
) -> None:
    matrix = pack(torch.randn(shape, generator=torch.Generator().manual_seed(2)), precision)
    # Rows of the unit matrix are exact as bytes, so that the product is the matrix itself.
    product = kernels.multiply(torch.eye(shape[1]), matrix).T

    torch.testing.assert_close(unpack(matrix), product, rtol=1e-6, atol=1e-6)


def flip(folder: Path) -> None:
    content = bytearray((folder / NAME).read_bytes())
    content[-1000] ^= 4
    (folder / NAME).write_bytes(content)


def cut(folder: Path) -> None:
    content = (folder / NAME).read_bytes()
    (folder / NAME).write_bytes(content[: len(content) // 2])


def rewrite(folder: Path, **facts: str) -> None:
    with safe_open(folder / NAME, "pt") as file:
        found = file.metadata()
    save_file(load_file(folder / NAME), folder / NAME, {**found, **facts})


def lie_about_sizes(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "intermediate_size": 4096}))


def forget_a_layer(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "num_hidden_layers": 4}))


@pytest.mark.parametrize("is_native", [True, False])
@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (flip, "damaged"),
        (cut, "damaged or cut short"),
        (lambda folder: rewrite(folder, format="pt"), "not a file of packed weights"),
        (lambda folder: rewrite(folder, version="99"), "format version 99"),
        (lambda folder: rewrite(folder, precision="int3"), "how its weights are packed"),
        (lambda folder: rewrite(folder, matrices="{}"), "lacks the matrix"),
        (lambda folder: rewrite(folder, matrices="["), "which matrices"),
        (lie_about_sizes, "another size than config.json"),
        (forget_a_layer, "config.json"),
    ],
)
def test_a_file_that_will_not_do_is_refused_in_a_sentence(
    packed: Path,
    harm: Callable[[Path], None],
    said: str,
    is_native: bool,
    request: pytest.FixtureRequest,
) -> None:
    request.getfixturevalue("kernels" if is_native else "without_kernels")
    harm(packed)
    with pytest.raises(LoadError, match=said):
        load(packed, threads=1)
