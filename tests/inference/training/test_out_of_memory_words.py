"""However the end of the memory is told, it is known as that, and nothing else is taken for it."""

import pytest

from inference.training.refusal import is_out_of_memory


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError(
            "[enforce fail at alloc_cpu.cpp:124] err == 0. DefaultCPUAllocator: can't allocate memory: you "
            "tried to allocate 201326592 bytes. Error code 12 (Cannot allocate memory)"
        ),
        RuntimeError(
            "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 79.10 GiB"
        ),
        RuntimeError("std::bad_alloc"),
        # oneDNN, which multiplies numbers of 16 bits, where it finds no room for its own code.
        RuntimeError("could not create a primitive"),
    ],
)
def test_the_end_of_the_memory_is_known(error):
    assert is_out_of_memory(error)


@pytest.mark.parametrize(
    "words",
    [
        "could not create a primitive descriptor for the matmul primitive",
        "mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)",
    ],
)
def test_another_error_is_not_taken_for_it(words):
    assert not is_out_of_memory(RuntimeError(words))
