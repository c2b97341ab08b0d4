"""What a student is told by its teacher: losses over rows of logits and of hidden states."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch.nn import functional

HiddenLoss = Literal["cosine", "mse"]


def softened_divergence(student: torch.Tensor, teacher: torch.Tensor, temperature: float) -> torch.Tensor:
    """How far the student's softened answers are from the teacher's: a mean over rows, one number.

    Both are logits [rows, classes] in float32; no gradient flows to the teacher. It is KL(teacher || student)
    of softmax(logits / T), times T squared, so that the size of its gradients does not hang on T (Hinton,
    Vinyals and Dean 2015, https://arxiv.org/abs/1503.02531, section 2). 0 where there are no rows.
    """
    if not len(student):
        return student.sum() * 0.0
    wanted = functional.log_softmax(teacher.detach().float() / temperature, dim=-1)
    said = functional.log_softmax(student.float() / temperature, dim=-1)
    divergence = functional.kl_div(said, wanted, reduction="batchmean", log_target=True)
    return divergence * temperature**2


def hidden_distance(
    student: Sequence[torch.Tensor], teacher: Sequence[torch.Tensor], kind: HiddenLoss
) -> torch.Tensor:
    """The mean distance of pairs of hidden states, each [rows, width] with the same rows; one number.

    “cosine” is 1 - cosine of each row, which leaves the length of a state free (Sanh et al. 2019,
    https://arxiv.org/abs/1910.01108, section 3); “mse” the mean squared difference (Jiao et al. 2020,
    https://arxiv.org/abs/1909.10351, section 3.1, without a map between widths). No gradient flows to the
    teacher.
    """
    distances = []
    for own, other in zip(student, teacher, strict=True):
        other = other.detach().float()
        if kind == "cosine":
            distances.append((1 - functional.cosine_similarity(own.float(), other, dim=-1)).mean())
        else:
            distances.append(functional.mse_loss(own.float(), other))
    return torch.stack(distances).mean()
