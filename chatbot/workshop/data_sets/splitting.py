"""Which example goes into which part: whole conversations, with all that says nearly the same."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chatbot.workshop.data_sets.nearness import Groups, Nearness
from chatbot.workshop.data_sets.problems import DataProblem
from chatbot.workshop.models.data_sets import PARTS

# Texts that share so much of their pieces are never in two parts; cleaning may be set less strict.
NEAR = 0.7
TRAIN, VALIDATION, TEST = PARTS


@dataclass(frozen=True, slots=True)
class Shares:
    """How much of the groups the parts that are not learnt from get, from 0 to 1."""

    validation: float
    test: float


def parts_of(
    keys: Sequence[str],
    nearness: Nearness,
    shares: Shares,
    seed: int,
    tell: Callable[[int], object] | None = None,
) -> list[str]:
    """Return the part of each example, given the key of its conversation and its signature.

    Conversations that hold nearly the same text count as one. By the hash of its key and `seed` alone such a
    group falls into its part, so that it stays there when others are added. A part that would be empty
    gets the group that is nearest to it. Raises DataProblem("too_few") for less than three groups.
    """
    numbers: dict[str, int] = {}
    of_example = [numbers.setdefault(key, len(numbers)) for key in keys]
    groups = Groups(len(numbers))
    for done, (one, other) in enumerate(nearness.pairs(NEAR)):
        groups.join(of_example[one], of_example[other])
        if tell is not None and done % 1000 == 0:
            tell(done)
    names: dict[int, str] = {}
    for key, number in numbers.items():
        group = groups.of(number)
        names[group] = min(names.get(group, key), key)
    if len(names) < len(PARTS):
        raise DataProblem("too_few", str(len(names)))
    of_group = _assigned({group: _chance(name, seed) for group, name in names.items()}, shares)
    return [of_group[groups.of(number)] for number in of_example]


def _assigned(chances: dict[int, float], shares: Shares) -> dict[int, str]:
    in_order = sorted(chances, key=lambda group: chances[group])
    until_validation = shares.test + shares.validation
    parts = {
        group: TEST
        if chances[group] < shares.test
        else VALIDATION
        if chances[group] < until_validation
        else TRAIN
        for group in in_order
    }
    found = list(parts.values())
    if TEST not in found:
        parts[in_order[0]] = TEST
    if VALIDATION not in parts.values():
        parts[next(group for group in reversed(in_order) if _may_leave(group, parts))] = VALIDATION
    if TRAIN not in parts.values():
        parts[next(group for group in reversed(in_order) if _may_leave(group, parts))] = TRAIN
    return parts


def _may_leave(group: int, parts: dict[int, str]) -> bool:
    """Tell whether the group's part has others left."""
    return list(parts.values()).count(parts[group]) > 1


def _chance(name: str, seed: int) -> float:
    digest = hashlib.sha256(f"{seed}:{name}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
