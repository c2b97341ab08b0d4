"""The tuned parameters of ranking, as `manage.py tune` writes them."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

PARAMETERS_FILE = Path(__file__).with_name("parameters.json")


class BadParameters(ValueError):
    """The file of parameters cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each score counts; what is missing for a passage leaves its share to the rest."""

    vector: float
    english_vector: float
    words: float


@dataclass(frozen=True, slots=True)
class Logistic:
    """A logistic regression: `bias` plus the sum of `weights` times what `features` names."""

    features: tuple[str, ...]
    weights: tuple[float, ...]
    bias: float

    def __post_init__(self) -> None:
        if len(self.features) != len(self.weights):
            raise BadParameters("A regression needs one weight for each feature.")

    def probability(self, values: Mapping[str, float]) -> float:
        """Return the probability for features by name."""
        pairs = zip(self.features, self.weights, strict=True)
        total = self.bias + sum(weight * values[name] for name, weight in pairs)
        return 1 / (1 + math.exp(-min(max(total, -30.0), 30.0)))


@dataclass(frozen=True, slots=True)
class Judge:
    """Whether a question is answered at all (from `threshold` on), and whether the first passage is right."""

    answered: Logistic
    threshold: float
    right: Logistic


@dataclass(frozen=True, slots=True)
class Parameters:
    """All that `manage.py tune` chose.

    `ranges` are the cosines of an encoder that count as 0 and as 1. `confidence` has a judge for each
    kind of evidence, see `confidence.kind_of_evidence`. `low` and `strong` are the default thresholds
    of confidence: to answer at all, and to answer word for word. `figures` says what was measured then, and
    `provenance` on which data.
    """

    english: Weights
    same_script: Weights
    ranges: Mapping[str, tuple[float, float]]
    confidence: Mapping[str, Judge]
    low: float
    strong: float
    figures: Mapping[str, Any]
    provenance: str

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.strong <= 1:
            raise BadParameters("The thresholds must rise from 0 to 1.")
        if any(low >= high for low, high in self.ranges.values()):
            raise BadParameters("A range of cosines must have its lower end first.")
        if any(not 0 < judge.threshold < 1 for judge in self.confidence.values()):
            raise BadParameters("A judge's threshold lies between 0 and 1.")


@cache
def tuned() -> Parameters:
    """Return the parameters that Parley comes with. Raises BadParameters where the file is broken."""
    return read_parameters(PARAMETERS_FILE)


def read_parameters(path: Path) -> Parameters:
    """Read a file that `write_parameters` wrote. Raises BadParameters, OSError."""
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
        return Parameters(
            english=Weights(**read["english"]),
            same_script=Weights(**read["same_script"]),
            ranges={name: (float(low), float(high)) for name, (low, high) in read["ranges"].items()},
            confidence={
                kind: Judge(_logistic(one["answered"]), float(one["threshold"]), _logistic(one["right"]))
                for kind, one in read["confidence"].items()
            },
            low=float(read["low"]),
            strong=float(read["strong"]),
            figures=read["figures"],
            provenance=str(read["provenance"]),
        )
    except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as error:
        raise BadParameters(f"{path} holds no parameters of ranking: {error!r}.") from error


def _logistic(read: Mapping[str, Any]) -> Logistic:
    return Logistic(tuple(read["features"]), tuple(map(float, read["weights"])), float(read["bias"]))


def write_parameters(parameters: Parameters, path: Path) -> None:
    """Write the file; the same parameters give the same bytes."""
    path.write_text(json.dumps(asdict(parameters), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
