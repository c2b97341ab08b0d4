"""The budget of a private training: how much noise it needs, and what has been spent."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from opacus.accountants import PRVAccountant
from opacus.accountants.utils import get_noise_multiplier

from inference.training.refusal import BadSetting

_TOLERANCE = 0.02
UNIT = "conversation"
STATEMENT = (
    "The unit of privacy is one conversation: whoever has the weights of this model, and even every other "
    "conversation that it learnt from, can tell whether one conversation was among them no better than the "
    "budget allows. Several conversations of one visitor are not protected together, and what many "
    "conversations say alike is no secret. The budget is about the weights: losses and measures that the "
    "staff see are not covered."
)


@dataclass(frozen=True, slots=True)
class Budget:
    """What was chosen before: at most `epsilon` at `delta` after `steps` steps.

    Each step reads each dialogue with the probability `sample_rate`, on its own, and adds normal noise of
    `noise` times the longest gradient of a dialogue to their sum.
    """

    epsilon: float
    delta: float
    sample_rate: float
    steps: int
    noise: float


def planned(epsilon: float, delta: float, dialogues: int, at_once: int, epochs: float) -> Budget:
    """Find the least noise that keeps to the budget. Raises BadSetting where no noise does.

    Two data sets are neighbours when one has one dialogue more. With `delta` 0 it is 1 / (2 dialogues), as in
    Li et al. 2022, https://arxiv.org/abs/2110.05679.
    """
    delta = delta or 1 / (2 * dialogues)
    if delta >= 1 / dialogues:
        raise BadSetting(
            f"--delta is {delta:g}, but must be below one in {dialogues} dialogues: otherwise a model that "
            "gives one of them away whole would keep to the budget."
        )
    sample_rate = min(1.0, at_once / dialogues)
    steps = max(1, round(epochs / sample_rate))
    try:
        with _only_our_warnings():
            noise = get_noise_multiplier(
                target_epsilon=epsilon,
                target_delta=delta,
                sample_rate=sample_rate,
                steps=steps,
                accountant="prv",
                epsilon_tolerance=_TOLERANCE * epsilon,
            )
    except ValueError:
        raise BadSetting(
            f"No noise keeps to epsilon {epsilon:g}: allow more, or read fewer epochs."
        ) from None
    return Budget(epsilon, delta, sample_rate, steps, noise)


class Ledger:
    """What the steps so far have spent, by the accountant of opacus.

    It composes privacy random variables (Gopi et al. 2021, https://arxiv.org/abs/2106.02848), which is
    tighter than Rényi's divergence; it gives an upper bound. A step that a checkpoint does not hold is made
    again with other noise; nothing of the first one is in the model, so it costs nothing.
    """

    def __init__(self, budget: Budget, history: Sequence[Sequence[float]] = ()) -> None:
        self._budget = budget
        self._accountant = PRVAccountant()
        self._accountant.history = [(noise, rate, int(steps)) for noise, rate, steps in history]

    def step(self) -> None:
        """Count one step."""
        self._accountant.step(noise_multiplier=self._budget.noise, sample_rate=self._budget.sample_rate)

    @property
    def steps(self) -> int:
        """How many steps are counted."""
        return sum(steps for _noise, _rate, steps in self._accountant.history)

    def epsilon(self) -> float:
        """What is spent at the budget's delta."""
        if not self._accountant.history:
            return 0.0
        with _only_our_warnings():
            return float(self._accountant.get_epsilon(delta=self._budget.delta))

    def history(self) -> list[list[Any]]:
        """What a checkpoint keeps: noise, sample rate and steps, as opacus counts them."""
        return [list(entry) for entry in self._accountant.history]


class _only_our_warnings(warnings.catch_warnings):
    """The accountant tries noises for which its numbers overflow, and says so; it then takes another."""

    def __enter__(self) -> None:
        super().__enter__()
        warnings.simplefilter("ignore")
