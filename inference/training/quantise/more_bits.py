"""Which matrices of the layers keep 8 bits where the others get 4."""

from __future__ import annotations


def keeps_eight_bits(matrix: str, index: int, layers: int) -> bool:
    """Whether the matrix called `matrix` in layer `index` of `layers` keeps 8 bits.

    It is the product that leaves the feed-forward part, whose inputs are the most uneven: in the first and
    the last eighth of the layers, and in every third between them, to which llama.cpp's mixtures give more
    bits too (`use_more_bits` in llama-quant.cpp).
    """
    eighth = layers // 8
    is_outer = index < eighth or index >= 7 * layers // 8
    return matrix == "down" and (is_outer or (index - eighth) % 3 == 2)
