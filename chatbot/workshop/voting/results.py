"""What came of a blind vote: the win rate, how sure it is, and whether people agree.

A question is what counts, not a ballot: people who look at the same two answers are no independent opinions.
The win rate is the mean over questions of the share that chose the second version, of those who chose one of
the two, with a bootstrap over questions (Efron 1979). Whether it differs from chance says the exact sign test
over questions (Dixon, Mood, JASA 41 (1946), 557-566). Agreement is Krippendorff's alpha of nominal data
("Computing Krippendorff's alpha-reliability", 2011), which needs no full table of who voted on what.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import comb

import numpy as np

from inference.training.evaluate.resampling import estimate

FIRST, SECOND = "first", "second"


@dataclass(frozen=True, slots=True)
class Ballot:
    """What one person chose for one question; `on_left` is the version that stood on the left."""

    question: int
    voter: str
    choice: str
    on_left: str


@dataclass(frozen=True, slots=True)
class Tally:
    """How often each was chosen."""

    name: str
    first: int
    second: int
    same: int
    both_bad: int


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome. `win_rate` is the second version's, None where nobody chose one of the two.

    `left_rate` is how often the left side was chosen, of the ballots that chose one: near a half, sides did
    not matter. `alpha` is None where no question has two ballots.
    """

    tally: Tally
    voters: tuple[Tally, ...]
    questions: int
    won_first: int
    won_second: int
    win_rate: float | None
    low: float | None
    high: float | None
    p: float | None
    left_rate: float | None
    alpha: float | None

    @property
    def is_real(self) -> bool:
        """Whether chance alone would hardly bring such a vote about."""
        return self.p is not None and self.p < 0.05


def result_of(ballots: Iterable[Ballot]) -> Result:
    """Return what the ballots say."""
    found = list(ballots)
    by_question: dict[int, Counter[str]] = defaultdict(Counter)
    by_voter: dict[str, Counter[str]] = defaultdict(Counter)
    for ballot in found:
        by_question[ballot.question][ballot.choice] += 1
        by_voter[ballot.voter][ballot.choice] += 1
    shares = [
        votes[SECOND] / (votes[FIRST] + votes[SECOND])
        for votes in by_question.values()
        if votes[FIRST] + votes[SECOND]
    ]
    leads = [votes[SECOND] - votes[FIRST] for votes in by_question.values()]
    won_first, won_second = sum(lead < 0 for lead in leads), sum(lead > 0 for lead in leads)
    rate, low, high = _win_rate(shares)
    decided = [ballot for ballot in found if ballot.choice in (FIRST, SECOND)]
    return Result(
        tally=_tally("", Counter(ballot.choice for ballot in found)),
        voters=tuple(_tally(name, votes) for name, votes in sorted(by_voter.items())),
        questions=len(by_question),
        won_first=won_first,
        won_second=won_second,
        win_rate=rate,
        low=low,
        high=high,
        p=sign_test(won_first, won_second),
        left_rate=sum(one.choice == one.on_left for one in decided) / len(decided) if decided else None,
        alpha=agreement(by_question),
    )


def sign_test(losses: int, wins: int) -> float | None:
    """Return the two-sided p of the exact sign test, None where nothing was decided."""
    count = losses + wins
    if not count:
        return None
    tail = sum(comb(count, number) for number in range(min(losses, wins) + 1))
    return min(1.0, 2 * tail / 2**count)


def agreement(by_question: Mapping[int, Mapping[str, int]]) -> float | None:
    """Return Krippendorff's alpha, 1 for full agreement and 0 for chance; None where none can be told."""
    units = [votes for votes in by_question.values() if sum(votes.values()) > 1]
    totals: Counter[str] = Counter()
    disagreed = 0.0
    for votes in units:
        count = sum(votes.values())
        totals.update(votes)
        disagreed += (count * count - sum(number**2 for number in votes.values())) / (count - 1)
    everything = sum(totals.values())
    if everything < 2:
        return None
    expected = (everything**2 - sum(number**2 for number in totals.values())) / (everything - 1)
    # Where everybody chose the same everywhere there is nothing to disagree about.
    return 1 - disagreed / expected if expected else 1.0


def _win_rate(shares: Sequence[float]) -> tuple[float | None, float | None, float | None]:
    if not shares:
        return None, None, None
    guess = estimate("win_rate", np.array([[share, 1.0] for share in shares]))
    return guess.value, guess.low, guess.high


def _tally(name: str, votes: Mapping[str, int]) -> Tally:
    return Tally(name, *(votes.get(choice, 0) for choice in (FIRST, SECOND, "same", "both_bad")))
