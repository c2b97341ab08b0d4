"""The outcome of a vote: win rate, sign test, agreement, checked against known numbers."""

import random

import pytest
from scipy.stats import binomtest

from chatbot.workshop.voting.results import Ballot, agreement, result_of, sign_test
from chatbot.workshop.voting.sides import first_on_left


def ballots(*choices, voter="a"):
    return [Ballot(number, voter, choice, "first") for number, choice in enumerate(choices)]


@pytest.mark.parametrize(("losses", "wins"), [(0, 6), (2, 8), (5, 5), (10, 30), (1, 0)])
def test_the_sign_test_is_the_exact_binomial_test(losses, wins):
    assert sign_test(losses, wins) == pytest.approx(binomtest(wins, losses + wins, 0.5).pvalue)
    assert sign_test(0, 0) is None


def test_a_question_counts_once_however_many_vote_on_it():
    many = [Ballot(1, f"v{number}", "second", "first") for number in range(50)]
    one = [Ballot(2, "v1", "first", "first")]

    found = result_of(many + one)

    assert (found.won_first, found.won_second, found.win_rate) == (1, 1, 0.5)
    assert found.p == 1.0


def test_alike_and_bad_answers_are_no_wins_and_stand_in_the_table():
    found = result_of(ballots("second", "second", "same", "both_bad", "first"))

    assert (found.tally.second, found.tally.same, found.tally.both_bad, found.tally.first) == (2, 1, 1, 1)
    assert found.win_rate == pytest.approx(2 / 3)
    assert result_of(ballots("same", "both_bad")).win_rate is None


def test_people_who_always_choose_the_left_side_are_seen():
    assert result_of(ballots("first", "first", "second")).left_rate == pytest.approx(2 / 3)


def test_fair_votes_are_called_real_in_at_most_one_of_twenty():
    chance = random.Random(1)
    wrong = sum(
        result_of(ballots(*chance.choices(["first", "second"], k=30))).is_real for _repeat in range(400)
    )
    assert wrong / 400 <= 0.07


def test_agreement_is_that_of_krippendorffs_own_example():
    # Krippendorff 2011, example C: nominal data, four observers, twelve units, and missing data: 0.743.
    table = [
        [1, 1, None, 1], [2, 2, 3, 2], [3, 3, 3, 3], [3, 3, 3, 3], [2, 2, 2, 2], [1, 2, 3, 4],
        [4, 4, 4, 4], [1, 1, 2, 1], [2, 2, 2, 2], [None, 5, 5, 5], [None, None, 1, 1], [None, None, 3, None],
    ]  # fmt: skip
    units = {
        number: {str(value): row.count(value) for value in set(row) if value is not None}
        for number, row in enumerate(table)
    }

    assert agreement(units) == pytest.approx(0.743, abs=0.0005)
    assert agreement({1: {"first": 2}, 2: {"first": 2}}) == 1.0
    assert agreement({1: {"first": 1}}) is None


def test_each_version_stands_on_the_left_half_of_the_time_and_not_in_turn():
    numbers = list(range(1, 41))
    everybody = [first_on_left("vote", person, numbers) for person in range(200)]

    assert all(sum(sides.values()) == 20 for sides in everybody)
    # For one question too, over people: 200 throws of a coin.
    assert 70 < sum(sides[1] for sides in everybody) < 130
    assert len({tuple(sides[number] for number in numbers) for sides in everybody}) == 200
    assert first_on_left("vote", 1, numbers) == first_on_left("vote", 1, list(reversed(numbers)))


def test_an_odd_number_of_questions_is_as_even_as_can_be():
    counts = {sum(first_on_left("vote", person, range(7)).values()) for person in range(50)}

    assert counts == {3, 4}
