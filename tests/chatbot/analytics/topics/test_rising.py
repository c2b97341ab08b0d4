"""What is asked more often by more than chance rises; small numbers and busy weeks do not."""

import pytest

from chatbot.analytics.topics.rising import at_least, rises


@pytest.mark.parametrize(
    ("recent", "all_recent", "earlier", "all_earlier", "expected"),
    [
        pytest.param(40, 800, 40, 3200, True, id="four times the share"),
        pytest.param(10, 800, 0, 3200, True, id="new"),
        pytest.param(12, 800, 40, 3200, False, id="a little more, as chance has it"),
        pytest.param(5, 800, 0, 3200, False, id="new, and too few to say"),
        pytest.param(80, 1600, 80, 1600, False, id="the same share"),
        pytest.param(40, 1600, 40, 3200, False, id="as much as the whole site grew"),
        pytest.param(5000, 20_000, 4000, 20_000, False, id="surely more, and not by much"),
        pytest.param(50, 50, 0, 0, False, id="a site's first week"),
        pytest.param(0, 0, 10, 100, False, id="a silent week"),
        pytest.param(10, 10, 1, 3, False, id="all that is asked"),
    ],
)
def test_a_topic_rises_or_not(recent, all_recent, earlier, all_earlier, expected):
    assert rises(recent, all_recent, earlier, all_earlier) is expected


def test_the_tail_of_the_binomial_is_exact():
    assert at_least(0, 10, 0.5) == pytest.approx(1)
    assert at_least(10, 10, 0.5) == pytest.approx(0.5**10)
    assert at_least(8, 10, 0.5) == pytest.approx((45 + 10 + 1) / 1024)


def test_large_numbers_are_no_trouble():
    assert at_least(9000, 20_000, 0.3) == pytest.approx(0, abs=1e-12)
