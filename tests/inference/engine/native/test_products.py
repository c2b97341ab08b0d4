"""Products with packed weights are what the weights say, in every format and for every count of rows."""

import pytest
import torch

from inference.engine.native.kernels import Kernels
from inference.engine.native.packing import Format, Precision, pack

# What rounding weights and rows to these formats costs at most, relative to the size of the product.
TOLERANCES: dict[Precision, float] = {"fp32": 1e-6, "bf16": 4e-3, "int8": 1.5e-2, "int4": 0.12}
SHAPES = [(64, 96), (1, 320), (33, 64), (130, 70), (576, 1536)]


def weights(outputs: int, inputs: int) -> torch.Tensor:
    return torch.randn(outputs, inputs, generator=torch.Generator().manual_seed(1))


def rows(count: int, inputs: int) -> torch.Tensor:
    return torch.randn(count, inputs, generator=torch.Generator().manual_seed(2))


@pytest.mark.parametrize("precision", TOLERANCES)
@pytest.mark.parametrize(("outputs", "inputs"), SHAPES)
def test_a_product_is_near_to_the_exact_one(
    kernels: Kernels, precision: Precision, outputs: int, inputs: int
) -> None:
    weight, x = weights(outputs, inputs), rows(7, inputs)
    exact = x @ weight.T

    error = (kernels.multiply(x, pack(weight, precision)) - exact).norm() / exact.norm()

    assert error < TOLERANCES[precision]


@pytest.mark.parametrize("precision", TOLERANCES)
def test_a_row_is_the_same_to_the_last_bit_whoever_stands_beside_it(
    kernels: Kernels, precision: Precision
) -> None:
    matrix, x = pack(weights(96, 128), precision), rows(23, 128)
    together = kernels.multiply(x, matrix)

    for count in range(1, 14):
        assert torch.equal(kernels.multiply(x[:count].contiguous(), matrix), together[:count])


def test_a_bias_is_added(kernels: Kernels) -> None:
    weight, x, bias = weights(40, 64), rows(3, 64), torch.arange(40.0)

    product = kernels.multiply(x, pack(weight, "fp32", bias))

    torch.testing.assert_close(product, x @ weight.T + bias)


def test_weights_that_came_from_four_bits_go_back_without_loss(kernels: Kernels) -> None:
    generator = torch.Generator().manual_seed(3)
    levels = torch.randint(0, 16, (64, 4, 32), generator=generator).float()
    levels[..., 0], levels[..., 1] = 0, 15
    scales = torch.rand(64, 4, 1, generator=generator).half().float() * 0.01 + 0.001
    weight = (levels * scales.half().float() - 0.05).flatten(1).half()

    packed = pack(weight, "auto")

    assert packed.format is Format.INT4
    unit = torch.eye(128)
    torch.testing.assert_close(kernels.multiply(unit, packed), weight.float().T, rtol=2e-3, atol=2e-4)


def test_other_weights_take_eight_bits() -> None:
    assert pack(weights(64, 128), "auto").format is Format.INT8


def test_four_bits_take_a_third_of_the_memory_of_sixteen() -> None:
    weight = weights(64, 128)

    assert pack(weight, "int4").nbytes / pack(weight, "bf16").nbytes == pytest.approx(5 / 16)


def test_rows_of_zeros_give_zeros(kernels: Kernels) -> None:
    assert not kernels.multiply(torch.zeros(2, 64), pack(weights(32, 64), "int8")).any()


def test_many_threads_on_few_cores_agree() -> None:
    crowd = Kernels(threads=9, spin_microseconds=0)
    matrix, x = pack(weights(576, 576), "int4"), rows(5, 576)
    alone = Kernels(threads=1).multiply(x, matrix)

    assert all(torch.equal(crowd.multiply(x, matrix), alone) for _ in range(200))
