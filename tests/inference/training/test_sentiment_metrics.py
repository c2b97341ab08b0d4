import numpy as np
import pytest
import torch

from inference.training.sentiment.batches import Batch
from inference.training.sentiment.calibration import cross_entropy, fitted_neutral_offset, fitted_temperature
from inference.training.sentiment.comparison import figures_by_language, paired
from inference.training.sentiment.examples import Example, certain
from inference.training.sentiment.metrics import expected_calibration_error, figures_of
from inference.training.sentiment.weighting import weighted

SURE_NEGATIVE, SURE_NEUTRAL, SURE_POSITIVE = (0.8, 0.1, 0.1), (0.1, 0.8, 0.1), (0.1, 0.1, 0.8)


def test_macro_f1_and_the_confusion_matrix_count_each_label_alike():
    said = [SURE_NEGATIVE, SURE_NEGATIVE, SURE_NEUTRAL, SURE_POSITIVE]
    figures = figures_of(said, ["negative", "neutral", "neutral", "positive"])
    assert figures["accuracy"] == 0.75
    assert figures["confusion"] == [[1, 0, 0], [1, 1, 0], [0, 0, 1]]
    assert figures["classes"]["negative"] == {"precision": 0.5, "recall": 1.0, "f1": 0.6667, "rows": 1}
    assert figures["macro_f1"] == pytest.approx((2 / 3 + 2 / 3 + 1) / 3, abs=1e-4)
    assert "three_class" not in figures


def test_a_set_without_neutral_texts_gets_the_more_probable_of_its_labels():
    said = [(0.3, 0.6, 0.1), SURE_POSITIVE]
    figures = figures_of(said, ["negative", "positive"])
    assert (figures["accuracy"], figures["macro_f1"]) == (1.0, 1.0)
    assert figures["ece"] == pytest.approx(((1 - 0.75) + (1 - 8 / 9)) / 2, abs=1e-3)
    assert figures["three_class"]["accuracy"] == 0.5
    assert figures["three_class"]["confusion"][0] == [0, 1, 0]


def test_unsure_is_the_share_below_the_confidence():
    figures = figures_of(
        [(0.4, 0.3, 0.3), SURE_NEUTRAL, SURE_POSITIVE], ["negative", "neutral", "positive"], 0.5
    )
    assert figures["unsure"] == pytest.approx(1 / 3, abs=1e-4)
    assert figures["accuracy"] == 1.0


def test_calibration_error_is_the_weighted_distance_of_confidence_and_accuracy():
    confidences = np.array([0.95, 0.95, 0.55, 0.55])
    right = np.array([True, True, True, False])
    # |1 - 0.95| for half of them and |0.5 - 0.55| for the other half.
    assert expected_calibration_error(confidences, right) == pytest.approx(0.05)
    assert expected_calibration_error(np.array([1.0]), np.array([True])) == 0.0


def test_the_fitted_temperature_undoes_a_scale():
    torch.manual_seed(1)
    logits = torch.randn(4000, 3)
    targets = torch.softmax(logits, dim=1)
    batch = Batch([], [], targets, torch.ones(4000, 3, dtype=torch.bool), torch.ones(4000))
    assert fitted_temperature(3 * logits, batch) == pytest.approx(3, rel=0.01)


def test_the_fitted_offset_undoes_a_shift_of_neutral():
    torch.manual_seed(1)
    logits = torch.randn(4000, 3)
    targets = torch.softmax(logits, dim=1)
    batch = Batch([], [], targets, torch.ones(4000, 3, dtype=torch.bool), torch.ones(4000))
    assert fitted_neutral_offset(logits + torch.tensor([0.0, 0.6, 0.0]), batch) == pytest.approx(-0.6)


def test_labels_weigh_as_much_as_is_expected():
    texts = [Example(str(index), certain("positive"), language="en") for index in range(9)]
    texts.append(Example("ten", (0.5, 0.0, 0.5), language="en"))
    other = Example("other", certain("neutral"), language="fr")
    *english, french = weighted([*texts, other], {"en": (0.6, 0.2, 0.2)})
    sums = [sum(each.weight * each.target[index] for each in english) for index in range(3)]
    assert sums[0] / sum(sums) == pytest.approx(0.6 / 0.8)
    assert french == other


def test_labels_that_a_set_does_not_know_do_not_compete():
    logits = torch.tensor([[1.0, 50.0, 2.0]])
    known = torch.tensor([[True, False, True]])
    loss = cross_entropy(logits, torch.tensor([certain("positive")]), known)
    assert loss.item() == pytest.approx(float(torch.log(1 + torch.tensor(-1.0).exp())), abs=1e-5)


def test_changes_are_counted_for_each_language():
    examples = [
        Example("a", certain("negative"), language="en"),
        Example("b", certain("neutral"), language="en"),
        Example("c", certain("positive")),
    ]
    before = [SURE_NEUTRAL, SURE_NEUTRAL, SURE_POSITIVE]
    after = [SURE_NEGATIVE, SURE_NEUTRAL, SURE_POSITIVE]
    counts = paired(before, after, examples)
    assert set(counts) == {"en", "und"}
    assert counts["en"][0][1][0] == 1 and counts["en"][1][1][1] == 1
    assert sum(np.array(counts["en"]).ravel()) == 2
    figures = figures_by_language(after, examples, 0.5)
    assert figures["rows"] == 3 and figures["languages"]["en"]["rows"] == 2
