"""The windows of the perplexity: every token but the first is scored, and once."""

import pytest

from benchmarks.inference.perplexity import WINDOW, windows


@pytest.mark.parametrize("tokens", [2, 256, 257, 511, 512, 513, 767, 768, 769, 11_072])
def test_every_token_but_the_first_is_scored_once(tokens: int) -> None:
    scored = [
        place
        for start, first in windows(tokens)
        for place in range(start + first, min(start + WINDOW, tokens))
    ]

    assert scored == list(range(1, tokens))
