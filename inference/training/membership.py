"""Whether a model gives away which conversations it learnt from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sklearn.metrics import roc_auc_score

Surprise = tuple[float, int]


@dataclass(frozen=True, slots=True)
class Attack:
    """How well an attack tells members from others: the area under its ROC curve, with a 95 % interval.

    0.5 is guessing, 1 is certainty.
    """

    auc: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Membership:
    """Two attacks on so many members and others, and what the first reaches on the model before training.

    `loss` calls those members that surprise the model little (Yeom et al. 2018,
    https://arxiv.org/abs/1709.01604). `calibrated` calls those members that surprise it less than the model
    before training, which knows how hard each is (Watson et al. 2022, https://arxiv.org/abs/2111.08440; the
    offline attack of Carlini et al. 2022, https://arxiv.org/abs/2112.03570, with one reference model).
    `before` should be at 0.5; as far as it is not, members and others differ in themselves.
    """

    members: int
    others: int
    loss: Attack
    calibrated: Attack
    before: Attack

    def figures(self) -> dict[str, Any]:
        """The figures as a result tells them."""
        return asdict(self)


def attack(
    members: Sequence[Surprise],
    others: Sequence[Surprise],
    members_before: Sequence[Surprise],
    others_before: Sequence[Surprise],
) -> Membership:
    """Attack a model by the surprise, (nats, tokens), of each dialogue that it learnt from or did not.

    The surprises "before" are those of the model that training started from, dialogue by dialogue.
    """
    now, then = (
        (_per_token(members), _per_token(others)),
        (_per_token(members_before), _per_token(others_before)),
    )
    eased = tuple(
        [b - a for a, b in zip(after, before, strict=True)] for after, before in zip(now, then, strict=True)
    )
    return Membership(
        members=len(members),
        others=len(others),
        loss=_attack([-loss for loss in now[0]], [-loss for loss in now[1]]),
        calibrated=_attack(*eased),
        before=_attack([-loss for loss in then[0]], [-loss for loss in then[1]]),
    )


def _attack(of_members: Sequence[float], of_others: Sequence[float]) -> Attack:
    """The area when the higher scores are called members.

    The interval is by the standard error of Hanley and McNeil 1982, https://doi.org/10.1148/radiology.143.1.7063747.
    """
    truth = [1] * len(of_members) + [0] * len(of_others)
    auc = float(roc_auc_score(truth, [*of_members, *of_others]))
    both_members, both_others = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    variance = (
        auc * (1 - auc)
        + (len(of_members) - 1) * (both_members - auc**2)
        + (len(of_others) - 1) * (both_others - auc**2)
    ) / (len(of_members) * len(of_others))
    reach = 1.96 * math.sqrt(max(0.0, variance))
    return Attack(round(auc, 4), round(max(0.0, auc - reach), 4), round(min(1.0, auc + reach), 4))


def _per_token(surprises: Sequence[Surprise]) -> list[float]:
    return [nats / tokens for nats, tokens in surprises]
