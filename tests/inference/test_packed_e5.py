import struct

import numpy as np

from inference.engine.packed_e5 import dequantise


def test_a_block_is_scale_times_level_less_eight():
    levels = bytes(low | (high << 4) for low, high in zip(range(16), reversed(range(16)), strict=True))
    block = struct.pack("<e", 0.5) + levels

    weights = dequantise(memoryview(block + block))

    first_half = (np.arange(16) - 8) * 0.5
    one = np.concatenate([first_half, first_half[::-1]]).astype(np.float32)
    assert weights.dtype == np.float32
    assert weights.tolist() == [*one, *one]
