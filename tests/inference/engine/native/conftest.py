"""The kernels, compiled once for all tests."""

import pytest

from inference.engine.native.compiler import NoKernels
from inference.engine.native.kernels import Kernels


@pytest.fixture(scope="session")
def kernels() -> Kernels:
    try:
        return Kernels(threads=2)
    except NoKernels as error:
        pytest.skip(f"without the engine's own kernels: {error}")
