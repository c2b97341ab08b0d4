"""Against figures that were published, or worked out by hand."""

import pytest

from chatbot.prompts.power import Interval, difference, p_value, sample_needed, share


def close(found: Interval | None, value: float, low: float, high: float) -> bool:
    return found is not None and (found.value, found.low, found.high) == pytest.approx(
        (value, low, high), abs=5e-4
    )


def test_the_score_interval_is_that_of_the_literature():
    # Newcombe 1998 (two-sided intervals for the single proportion), method 3: 81/263, 15/148, 0/20, 1/29.
    assert close(share(81, 263), 0.3080, 0.2553, 0.3662)
    assert close(share(15, 148), 0.1014, 0.0624, 0.1605)
    assert close(share(0, 20), 0.0, 0.0, 0.1611)
    assert close(share(1, 29), 0.0345, 0.0061, 0.1718)
    assert share(0, 0) is None
    with pytest.raises(ValueError):
        share(3, 2)


def test_the_interval_of_a_difference_is_that_of_the_literature():
    # Newcombe 1998 (interval estimation for the difference), method 10, example (a): 56/70 - 48/80.
    first, second = share(48, 80), share(56, 70)

    assert first is not None and second is not None
    assert close(difference(first, second), 0.2, 0.0524, 0.3339)


def test_the_sample_is_that_of_the_formula():
    # By hand for 0.3 against 0.2 (p = 0.25): (1.96·√0.375 + 0.8416·√0.37)² / 0.01 = 293.2.
    assert sample_needed(0.2, 0.1) == (294, 294)
    assert sample_needed(0.5, 0.05) == (1565, 1565)
    first, second = sample_needed(0.5, 0.1, ratio=0.25)
    assert second == pytest.approx(first / 4, abs=1) and first > sample_needed(0.5, 0.1)[0]


def test_more_comparisons_and_smaller_effects_take_more():
    assert sample_needed(0.2, 0.1, comparisons=2)[0] > sample_needed(0.2, 0.1)[0]
    assert sample_needed(0.2, 0.02)[0] > 20 * sample_needed(0.2, 0.1)[0]
    assert sample_needed(0.0, 0.05)[0] > 0 and sample_needed(1.0, 0.5)[0] > 0
    for wrong in ((-0.1, 0.1, 1.0, 1), (0.5, 0.0, 1.0, 1), (0.5, 0.1, 0.0, 1), (0.5, 0.1, 1.0, 0)):
        with pytest.raises(ValueError):
            sample_needed(*wrong)


def test_equal_shares_are_no_difference_and_far_ones_are():
    assert p_value((10, 20), (100, 200)) == pytest.approx(1.0)
    # z = 0.1 / √(0.25·0.75·2/300) = 2.828.
    assert p_value((60, 90), (300, 300)) == pytest.approx(0.00468, abs=1e-4)
    assert p_value((0, 0), (0, 10)) == 1.0
    assert p_value((0, 0), (10, 10)) == 1.0
