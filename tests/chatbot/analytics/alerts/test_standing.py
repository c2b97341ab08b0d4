"""The states of a rule: a pure function, tried on rows of looks."""

import pytest

from chatbot.analytics.alerts.judging import Judgement
from chatbot.analytics.alerts.standing import LAPSES_AFTER, Standing, Turn, after

LOOKS = {"b": Judgement.BAD, "~": Judgement.BETWEEN, "g": Judgement.GOOD, "?": Judgement.UNKNOWN}
SIGNS = {Turn.NONE: ".", Turn.OPENED: "O", Turn.CLOSED: "C", Turn.LAPSED: "L"}


def turns(looks: str, opens_after: int = 3, closes_after: int = 3) -> str:
    standing, signs = Standing(), ""
    for look in looks:
        standing, turn = after(standing, LOOKS[look], opens_after, closes_after)
        signs += SIGNS[turn]
    return signs


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        ("bbb", "..O"),
        ("bbgbb", "....."),
        ("bb?bb", "....."),
        ("b~b~b", "....O"),
        ("bbbggg", "..O..C"),
        ("bbbgg~gg", "..O....."),
        ("bbbgg?g", "..O...C"),
        ("bbbggbggg", "..O.....C"),
        ("bbbgggbbb", "..O..C..O"),
    ],
)
def test_what_opens_and_closes(looks: str, expected: str) -> None:
    assert turns(looks) == expected


def test_an_alert_without_samples_lapses_after_a_day() -> None:
    assert turns("bbb" + "?" * LAPSES_AFTER) == "..O" + "." * (LAPSES_AFTER - 1) + "L"


def test_a_rule_is_pending_until_it_opens() -> None:
    standing, _turn = after(Standing(), Judgement.BAD, 2, 2)
    assert standing.is_pending
    standing, _turn = after(standing, Judgement.BAD, 2, 2)
    assert not standing.is_pending and standing.is_open
