"""A language model whose weights are stored in 8 or 4 bits, as the engine computes with them."""
