"""Guesses come from the text so far, and only as long as they are worth their cost."""

import pytest

from inference.engine.request import Request, SamplingParameters
from inference.engine.speculation import LONGEST_DRAFT, Lookup, Speculation
from inference.engine.step_costs import StepCosts

WORDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]


def request(prompt: list[int], max_tokens: int = 100) -> Request:
    return Request(prompt, SamplingParameters(max_tokens=max_tokens), deliver=lambda output: None)


class Costs(StepCosts):
    """Every row costs as much as told, of a step whose first row costs 1."""

    def __init__(self, per_row: float) -> None:
        super().__init__()
        self.per_row = per_row

    def seconds(self, rows: int, prefill: int = 0) -> float:
        return 1 + self.per_row * (rows - 1)


def draft(speculation: Speculation, asked: Request) -> tuple[int, ...]:
    return speculation.draft(asked, streams=1, rows=1)


def test_the_longest_run_of_equal_tokens_wins() -> None:
    lookup = Lookup([1, 2, 3, 4, 50, 9, 3, 4, 60, 1, 2, 3, 4])

    assert lookup.find(2) == (4, [50, 9])


def test_among_equal_runs_the_latest_wins() -> None:
    lookup = Lookup([3, 4, 50, 3, 4, 60, 8, 3, 4])

    assert lookup.find(2) == (2, [60, 8])


def test_nothing_is_guessed_where_nothing_was_said_twice() -> None:
    assert Lookup(WORDS).find(8) == (0, [])
    assert Lookup([]).find(8) == (0, [])
    assert Lookup([1]).find(8) == (0, [])


def test_a_repetition_goes_on() -> None:
    assert Lookup([1, 2, 1, 2]).find(5) == (2, [1, 2, 1, 2, 1])


@pytest.mark.parametrize("known", range(12))
def test_adding_tokens_one_by_one_is_the_same_as_all_at_once(known: int) -> None:
    text = [1, 2, 1, 2, 3, 1, 2, 3, 1, 1, 2, 3]
    lookup = Lookup(text[:known])
    for token in text[known:]:
        lookup.add(token)

    assert lookup.find(8) == Lookup(text).find(8)


def test_drafts_grow_while_they_are_right_and_end_when_they_are_wrong() -> None:
    speculation = Speculation(Costs(per_row=0.1))
    asked = request([*WORDS, 1, 2])
    lengths = []
    for _ in range(12):
        offered = draft(speculation, asked)
        lengths.append(len(offered))
        speculation.verified(asked, len(offered), len(offered))
    assert lengths == sorted(lengths) and lengths[-1] == LONGEST_DRAFT

    offered = draft(speculation, asked)
    tries = 0
    while offered:
        speculation.verified(asked, len(offered), 0)
        offered = draft(speculation, asked)
        tries += 1
    assert 5 < tries < 40


def test_after_a_while_it_tries_again() -> None:
    speculation = Speculation(Costs(per_row=0.4))
    asked = request([*WORDS, 1, 2])
    offered = [len(draft(speculation, asked)) for _ in range(100)]

    assert 1 <= sum(map(bool, offered)) <= 5


def test_rows_that_cost_as_much_as_tokens_are_worth_are_not_spent() -> None:
    speculation = Speculation(Costs(per_row=1.0))
    asked = request([*WORDS, *WORDS, *WORDS, 1, 2, 3, 4])

    assert not any(draft(speculation, asked) for _ in range(100))


def test_no_draft_reaches_beyond_the_answer() -> None:
    speculation = Speculation(Costs(per_row=0.0))
    asked = request([*WORDS, 1, 2, 3, 4], max_tokens=4)
    assert len(draft(speculation, asked)) == 3

    asked.output.extend([5, 6, 7])
    assert draft(speculation, asked) == ()


def test_it_follows_the_answer_as_it_is_written() -> None:
    speculation = Speculation(Costs(per_row=0.0))
    asked = request(WORDS)
    assert draft(speculation, asked) == ()

    asked.output.extend([3, 4])
    assert draft(speculation, asked) == tuple(WORDS[4:12])
    asked.output.extend([90, 5, 6])
    assert draft(speculation, asked) == tuple(WORDS[6:14])


def test_a_grammar_is_left_to_itself() -> None:
    class AnyText:
        def matcher(self) -> None:
            return None

    speculation = Speculation(Costs(per_row=0.0))
    sampling = SamplingParameters(max_tokens=100, grammar=AnyText())
    asked = Request([*WORDS, 1, 2, 3], sampling, deliver=lambda output: None)

    assert draft(speculation, asked) == ()
