"""What a job came to is said in words, with what a budget of privacy covers and what it does not."""

from chatbot.workshop.jobs.figures import figures_of, in_words


def test_a_budget_is_told_with_its_unit_and_its_limits():
    said = in_words({"epsilon_budget": 8.0, "epsilon": 7.91, "delta": 0.0025})
    assert "spent 7.91 of its privacy budget of epsilon 8.00, at a delta of 0.0025" in said
    assert "The unit is one conversation" in said and "several of one visitor are not protected" in said
    assert in_words({"delta": 0.0025}) == ""


def test_the_attack_stands_beside_the_one_without_privacy():
    result = {
        "membership_auc_before": 0.5,
        "membership_auc_after": 0.52,
        "membership_auc_without_privacy": 0.75,
    }
    pair, beside = figures_of(result)
    assert (pair.before, pair.after, pair.is_better) == ("0.500", "0.520", False)
    assert beside.after == "0.750" and beside.name == "AUC of the same attack without privacy"
