"""Shares are rounded, never cut off."""

import pytest

from chatbot.operators.templatetags.percent import percent


@pytest.mark.parametrize(
    ("share", "words"), [(1 / 7, "14.3 %"), (2 / 3, "66.7 %"), (0.29, "29.0 %"), (0, "0.0 %")]
)
def test_a_share_is_rounded(share, words):
    assert percent(share) == words
