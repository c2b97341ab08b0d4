"""An attack that guesses is told from one that knows."""

import pytest

from inference.training.membership import attack


def surprises(*losses: float) -> list[tuple[float, int]]:
    return [(loss * tokens, tokens) for tokens, loss in enumerate(losses, start=5)]


def test_a_model_that_remembers_is_found_out():
    hard = surprises(2.0, 3.0, 4.0, 5.0)
    found = attack(surprises(1.0, 1.1, 1.2, 1.3), hard, hard, hard)
    assert found.loss.auc == found.calibrated.auc == 1.0
    assert found.before.auc == 0.5
    assert (found.members, found.others) == (4, 4)


def test_how_hard_a_dialogue_is_hides_members_from_the_first_attack_alone():
    before_members, before_others = surprises(5.0, 6.0, 7.0), surprises(1.0, 2.0, 3.0)
    found = attack(surprises(4.0, 5.0, 6.0), surprises(0.9, 1.9, 2.9), before_members, before_others)
    assert found.loss.auc == found.before.auc == 0.0
    assert found.calibrated.auc == 1.0


def test_few_dialogues_leave_a_wide_interval():
    few, many = surprises(1, 2, 3, 4), surprises(*range(1, 101))
    wide, narrow = attack(few, few, few, few).loss, attack(many, many, many, many).loss
    assert wide.auc == narrow.auc == pytest.approx(0.5)
    assert wide.low < 0.1 < narrow.low < 0.5 < narrow.high < 0.9 < wide.high
