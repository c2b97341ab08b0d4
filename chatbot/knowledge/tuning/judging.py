"""Choosing the judges of confidence, from what was seen of all scenarios."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from chatbot.knowledge.ranking.parameters import Judge, Logistic
from chatbot.knowledge.tuning.regression import Array, fit, probabilities

# The thresholds that people see; judges are shifted so that these mean the same for all kinds of evidence.
LOW, STRONG = 0.35, 0.8
REFUSED_AT_MOST = 0.048
# Across scripts there is the encoder alone to go by, and what it finds for a question that nothing answers is
# a passage that the visitor cannot even read: a few features that mean the same everywhere, more refusals.
_ACROSS = ("crowd", "length", "margin", "mixed")
_REFUSED_ACROSS = 0.1
RIGHT_AT_LEAST = 0.97
# What a knowledge base of similar questions does not answer, it often nearly does: those count little.
_NEAR_WEIGHT = 0.05
_OF_FAMILY = {"clinc": 5.0}
_ROUNDS = 10
# A scenario with fewer questions of a kind says nothing of that kind.
_FEW = 20
_TARGETS_DECIDE = 0.3


@dataclass(frozen=True, slots=True)
class Seen:
    """One question of a scenario, and what was seen of it.

    `kind` is that of the evidence, `answered` says whether the knowledge answers it, `right` whether the
    first passage does. `weight` is that of the scenario; `is_target` marks those whose refusals are held.
    """

    text: str
    scenario: str
    family: str
    kind: str
    values: Mapping[str, float]
    answered: bool
    right: bool
    is_target: bool
    is_near: bool
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Table:
    """What was seen, as arrays."""

    rows: Array
    names: tuple[str, ...]
    scenarios: NDArray[np.str_]
    answered: NDArray[np.bool_]
    right: NDArray[np.bool_]
    is_target: NDArray[np.bool_]
    weights: Array

    @classmethod
    def of(cls, seen: Sequence[Seen]) -> "Table":
        """Weigh the scenarios alike, and in each the answered like the others."""
        names = tuple(sorted(seen[0].values))
        scenarios = np.array([one.scenario for one in seen])
        answered = np.array([one.answered for one in seen])
        weights = np.zeros(len(seen))
        for scenario in np.unique(scenarios):
            for side in (False, True):
                part = (scenarios == scenario) & (answered == side)
                weights[part] = 1 / max(1, part.sum())
        weights *= np.array([_OF_FAMILY.get(one.family, 1.0) * one.weight for one in seen])
        weights *= np.array([_NEAR_WEIGHT if one.is_near and not one.answered else 1.0 for one in seen])
        return cls(
            np.array([[one.values[name] for name in names] for one in seen]),
            names,
            scenarios,
            answered,
            np.array([one.right for one in seen]),
            np.array([one.is_target for one in seen]),
            weights,
        )


def judge_of(seen: Sequence[Seen]) -> Judge:
    """Choose a judge for one kind of evidence."""
    counts = Counter(one.scenario for one in seen)
    enough = [one for one in seen if counts[one.scenario] >= _FEW]
    if seen[0].kind.startswith("other_script"):
        return _judge_across(enough)
    table = Table.of(enough)
    answered, threshold = _answered(table)
    right = fit(table.rows, table.names, table.right, table.weights)
    passed = probabilities(answered, table.rows) >= threshold
    return Judge(answered, threshold, _shifted(right, table, passed))


def _judge_across(seen: Sequence[Seen]) -> Judge:
    """Choose a judge across scripts: a question is answered as far as its first passage seems right."""
    table = Table.of([replace(one, values={name: one.values[name] for name in _ACROSS}) for one in seen])
    right = fit(table.rows, table.names, table.right, table.weights)
    scores = probabilities(right, table.rows)
    threshold = float(np.clip(np.quantile(scores[table.right], _REFUSED_ACROSS), 0.001, 0.999))
    return Judge(right, threshold, _shifted(right, table, scores >= threshold))


def _answered(table: Table) -> tuple[Logistic, float]:
    """Fit whether questions are answered, so that one threshold refuses about the same share everywhere.

    Each round gives the answered questions of a scenario that refuses more than the others more weight.
    """
    weights = table.weights.copy()
    # Targets are lists of phrases; the odd long phrase among them must not decide over prose.
    is_theirs = table.is_target.mean() > _TARGETS_DECIDE
    chosen = table.is_target if is_theirs else np.ones_like(table.is_target)
    for _round in range(_ROUNDS):
        model = fit(table.rows, table.names, table.answered, weights)
        scores = probabilities(model, table.rows)
        ends = {
            str(name): float(np.quantile(scores[part], REFUSED_AT_MOST))
            for name in np.unique(table.scenarios[chosen])
            if (part := (table.scenarios == name) & table.answered).sum() >= _FEW
        }
        middle = float(np.mean([_logit(end) for end in ends.values()]))
        for name, end in ends.items():
            weights[(table.scenarios == name) & table.answered] *= np.exp(0.5 * (middle - _logit(end)))
    of_answered = scores[chosen & table.answered]
    return model, float(np.clip(np.quantile(of_answered, REFUSED_AT_MOST), 0.001, 0.999))


def _shifted(right: Logistic, table: Table, passed: NDArray[np.bool_]) -> Logistic:
    """Move the bias so that from STRONG on the first passage is right in RIGHT_AT_LEAST of the cases."""
    scores = probabilities(right, table.rows)
    order = np.argsort(-scores[passed])
    weights = table.weights[passed][order]
    shares = np.cumsum(weights * table.right[passed][order]) / np.cumsum(weights)
    enough = np.flatnonzero((shares >= RIGHT_AT_LEAST) & (np.arange(len(shares)) >= 20))
    cut = float(scores[passed][order][enough[-1]]) if len(enough) else 0.999
    at_strong = (STRONG - LOW) / (1 - LOW)
    return replace(right, bias=right.bias + _logit(at_strong) - _logit(cut))


def _logit(probability: float) -> float:
    inside = min(max(probability, 1e-6), 1 - 1e-6)
    return float(np.log(inside / (1 - inside)))
