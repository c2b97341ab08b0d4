"""The examples on which two people gave their word, and how far they agree on each thing that is asked."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from chatbot.workshop.data_sets.agreement import Agreement, cohen_kappa
from chatbot.workshop.models import DataSet, Judgement

ASKED = ("verdict", "sentiment", "intent")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two people, and how far they agree by what was asked."""

    people: tuple[str, str]
    by_question: dict[str, Agreement]


def pairs_of(data_set: DataSet) -> list[Pair]:
    """Return the agreement of every two people who judged examples in common, those with the most first.

    An example counts for a question where both answered it.
    """
    answers: dict[tuple[int, int], dict[str, tuple[list[str], list[str]]]] = {}
    names: dict[int, str] = {}
    for first, second in _both(data_set):
        one, other = sorted((first, second), key=lambda judgement: judgement.by_id or 0)
        assert one.by is not None and other.by is not None
        names |= {one.by.pk: one.by.get_username(), other.by.pk: other.by.get_username()}
        given = answers.setdefault((one.by.pk, other.by.pk), {asked: ([], []) for asked in ASKED})
        for asked in ASKED:
            mine, theirs = getattr(one, asked), getattr(other, asked)
            if mine and theirs:
                given[asked][0].append(mine)
                given[asked][1].append(theirs)
    found = [
        Pair(
            (names[one], names[other]),
            {asked: kappa for asked in ASKED if (kappa := cohen_kappa(*given[asked]))},
        )
        for (one, other), given in answers.items()
    ]
    return sorted(
        (pair for pair in found if pair.by_question),
        key=lambda pair: -max(kappa.count for kappa in pair.by_question.values()),
    )


def _both(data_set: DataSet) -> Iterator[tuple[Judgement, Judgement]]:
    """Yield the judgements of examples that two people judged by themselves."""
    rows = Judgement.objects.filter(example__data_set=data_set, is_last_word=False, by__isnull=False)
    of_example: dict[int, list[Judgement]] = defaultdict(list)
    for judgement in rows.select_related("by").defer("messages").order_by("pk").iterator(chunk_size=2000):
        of_example[judgement.example_id].append(judgement)
    for judgements in of_example.values():
        if len(judgements) > 1:
            yield judgements[0], judgements[1]
