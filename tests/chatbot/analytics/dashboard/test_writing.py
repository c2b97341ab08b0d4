"""Figures and their changes as people read them."""

import pytest
from django.utils.translation import override

from chatbot.analytics.charts.scales import scale_for
from chatbot.analytics.dashboard.comparing import Verdict, change
from chatbot.analytics.dashboard.writing import written


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (None, "count", "–"),
        (0, "count", "0"),
        (1_234_567, "count", "1,234,567"),
        (1 / 7, "share", "14.3 %"),
        (0.9996, "share", "100.0 %"),
        (4.25, "rating", "4.25"),
        (-0.125, "score", "−0.12"),
        (0.5, "score", "+0.50"),
        (0.0, "score", "0.00"),
        (-0.001, "score", "0.00"),
        (999.4, "milliseconds", "999 ms"),
        (999.6, "milliseconds", "1.0 s"),
        (1250.0, "milliseconds", "1.2 s"),
        (9.96, "seconds", "10 s"),
        (59.7, "seconds", "1 min 0 s"),
        (3599.8, "seconds", "1 h 0 min"),
        (7384.0, "seconds", "2 h 3 min"),
        (200_000.0, "seconds", "2 d 7 h"),
    ],
)
def test_a_figure_is_written_by_its_unit(value, unit, words):
    assert written(value, unit) == words


def test_figures_are_written_as_the_reader_writes():
    with override("zh-hans"):
        assert written(7384.0, "seconds") == "2 小时 3 分"
        assert written(850.0, "milliseconds") == "850 毫秒"


@pytest.mark.parametrize(
    ("now", "before", "unit", "better", "verdict", "told"),
    [
        (12, 10, "count", "", Verdict.CHANGED, ("↑", "+2", "+20 %")),
        (8, 10, "count", "up", Verdict.WORSE, ("↓", "−2", "−20 %")),
        (8, 10, "count", "down", Verdict.BETTER, ("↓", "−2", "−20 %")),
        (0.525, 0.5, "share", "up", Verdict.BETTER, ("↑", "+2.5 points", "+5.0 %")),
        (0.51, 0.5, "share", "up", Verdict.BETTER, ("↑", "+1.0 point", "+2.0 %")),
        (3, 0, "count", "up", Verdict.BETTER, ("↑", "+3", "")),
        (0.1, -0.2, "score", "up", Verdict.BETTER, ("↑", "+0.30", "")),
        (0.50001, 0.5, "share", "up", Verdict.SAME, ("", "", "")),
        (None, 0.5, "share", "up", Verdict.UNKNOWN, ("", "", "")),
        (0.5, None, "share", "up", Verdict.UNKNOWN, ("", "", "")),
        (90, 120, "seconds", "down", Verdict.BETTER, ("↓", "−30 s", "−25 %")),
    ],
)
def test_a_change_is_good_news_in_the_figures_direction(now, before, unit, better, verdict, told):
    found = change(now, before, unit, better)

    assert (found.verdict, (found.arrow, found.amount, found.share)) == (verdict, told)


@pytest.mark.parametrize(
    ("highest", "top", "step"),
    [(0, 1, 1), (1, 1, 1), (3, 3, 1), (7, 8, 2), (100, 100, 50), (101, 150, 50), (4321, 6000, 2000)],
)
def test_an_axis_of_counts_has_whole_round_steps(highest, top, step):
    scale = scale_for([highest, None, 0], 200, whole=True)

    assert (scale.top, scale.step) == (top, step)
    assert scale.y(0) == scale.base and scale.y(scale.top) == scale.above
