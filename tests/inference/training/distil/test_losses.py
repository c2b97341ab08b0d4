"""The losses are what the papers say, number by number."""

import math

import pytest
import torch

from inference.training.distil.losses import hidden_distance, softened_divergence


def test_the_softened_divergence_is_that_of_two_rows_by_hand():
    # At temperature 2 the logits 2 ln a, 2 ln b are the probabilities a, b.
    def logits(*rows: tuple[float, float]) -> torch.Tensor:
        return torch.tensor([[2 * math.log(each) for each in row] for row in rows])

    teacher, student = logits((0.5, 0.5), (0.9, 0.1)), logits((0.25, 0.75), (0.9, 0.1))
    first = 0.5 * math.log(0.5 / 0.25) + 0.5 * math.log(0.5 / 0.75)
    found = softened_divergence(student, teacher, temperature=2.0)
    assert float(found) == pytest.approx(4 * (first + 0.0) / 2, rel=1e-5)


@pytest.mark.parametrize("temperature", [1.0, 3.0])
def test_its_gradient_is_the_difference_of_softened_probabilities_times_the_temperature(temperature: float):
    torch.manual_seed(2)
    student = torch.randn(4, 7, requires_grad=True)
    teacher = torch.randn(4, 7, requires_grad=True)
    softened_divergence(student, teacher, temperature).backward()
    said, wanted = ((each / temperature).softmax(dim=1) for each in (student, teacher))
    torch.testing.assert_close(student.grad, (temperature * (said - wanted) / 4).detach())
    assert teacher.grad is None


def test_its_gradient_hardly_hangs_on_a_high_temperature():
    torch.manual_seed(2)
    student, teacher = 0.1 * torch.randn(4, 7, requires_grad=True), 0.1 * torch.randn(4, 7)
    warm, hot = (
        torch.autograd.grad(softened_divergence(student, teacher, temperature), student, retain_graph=True)[0]
        for temperature in (20.0, 40.0)
    )
    torch.testing.assert_close(warm, hot, rtol=0.05, atol=1e-4)


def test_of_no_rows_there_is_no_divergence_but_a_gradient():
    student = torch.zeros(0, 7, requires_grad=True)
    loss = softened_divergence(student, torch.zeros(0, 7), 2.0)
    loss.backward()
    assert loss.item() == 0.0


def test_hidden_states_are_compared_by_direction_or_by_difference():
    own, other = torch.tensor([[3.0, 0.0], [0.0, 2.0]]), torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    assert float(hidden_distance([own], [other], "cosine")) == pytest.approx((0 + 1) / 2)
    assert float(hidden_distance([own], [other], "mse")) == pytest.approx((4 + 0 + 1 + 4) / 4)
    assert float(hidden_distance([own, other], [other, other], "cosine")) == pytest.approx(0.25)


def test_no_gradient_reaches_the_teachers_states():
    own, other = torch.randn(3, 4, requires_grad=True), torch.randn(3, 4, requires_grad=True)
    hidden_distance([own], [other], "mse").backward()
    assert own.grad is not None
    assert other.grad is None
