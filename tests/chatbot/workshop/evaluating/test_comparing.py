"""A report compares what can be compared, and says which differences are real."""

import random

import pytest
from django.utils import translation

from chatbot.workshop.evaluating.comparing import NotComparable, Verdict, compare, in_words
from inference.models import LanguageModel, LanguageModelVersion
from tests.chatbot.workshop.evaluating.conftest import CONDITIONS, finished

pytestmark = pytest.mark.django_db


def numbers(mean, spread=0.1, seed=1, count=60):
    chance = random.Random(seed)
    return [mean + chance.gauss(0, spread) for _number in range(count)]


def verdicts(report):
    return {line.name: [cell.verdict for cell in line.cells[1:]] for line in report.lines}


def test_a_real_gain_a_real_loss_and_chance_are_told_apart(version, other_version):
    before = {"rouge_l": numbers(0.3), "token_f1": numbers(0.5), "over_refused": [0.0] * 30 + [1.0] * 30}
    after = {
        "rouge_l": [value + 0.1 for value in numbers(0.3)],
        "token_f1": list(reversed(numbers(0.5))),
        # Refusing more of what is harmless is worse.
        "over_refused": [0.0] * 10 + [1.0] * 50,
    }

    report = compare([finished(version, before), finished(other_version, after)])

    assert verdicts(report) == {
        "rouge_l": [Verdict.BETTER],
        "token_f1": [Verdict.CHANCE],
        "over_refused": [Verdict.WORSE],
    }
    better, worse, chance = in_words(report)
    assert better == "tiny@2 is better than tiny@1 in: ROUGE-L (+0.100)."
    assert worse == "tiny@2 is worse than tiny@1 in: Refused harmless prompts (+33.3 %)."
    assert chance.startswith("What may be chance between tiny@2 and tiny@1: Token-F1")


def test_figures_of_other_data_do_not_stand_beside_each_other(version, other_version):
    first = finished(version, {"rouge_l": numbers(0.3)}, on="a")
    second = finished(other_version, {"rouge_l": numbers(0.4)}, on="b")

    with pytest.raises(
        NotComparable, match="ROUGE-L of tiny@2 was measured on other data than that of tiny@1"
    ):
        compare([first, second])


def test_speeds_of_other_machines_do_not_stand_beside_each_other(version, other_version):
    values = {"tokens_per_second": numbers(100), "rouge_l": numbers(0.3)}
    first = finished(version, values)
    second = finished(other_version, values, conditions={**CONDITIONS, "threads": 2})

    report = compare([first, second])

    assert [line.name for line in report.lines] == ["rouge_l"]
    assert report.left_out == (
        "Tokens a second of tiny@2 was measured on another machine, with other threads or another setting "
        "of the number format than that of tiny@1.",
    )


def test_what_was_measured_once_is_called_neither_better_nor_worse(version, other_version):
    first, second = finished(version, {}), finished(other_version, {})
    for evaluation, value in ((first, 2.0), (second, 1.0)):
        evaluation.figures["load_seconds"] = {"value": value, "low": None, "high": None, "n": 1, "on": "data"}
        evaluation.save()

    report = compare([first, second])

    assert verdicts(report) == {"load_seconds": [Verdict.UNKNOWN]}
    assert "Time to load (-1.0 s)" in in_words(report)[0]


def test_the_more_is_compared_the_more_it_takes_to_be_real(version, other_version, make_version):
    # A gain that stands alone is real; beside seven others without one it may be chance.
    gain = numbers(0.0, spread=1.0, count=100)
    mean = sum(gain) / 100
    spread = (sum((value - mean) ** 2 for value in gain) / 100) ** 0.5
    gain = [0.23 + (value - mean) / spread for value in gain]
    zeros = [0.0] * 100
    first = finished(version, {"rouge_l": zeros})
    alone = finished(other_version, {"rouge_l": gain})
    others = [finished(make_version(), {"rouge_l": numbers(0.0, seed=seed, count=100)}) for seed in range(6)]

    assert verdicts(compare([first, alone])) == {"rouge_l": [Verdict.BETTER]}
    assert verdicts(compare([first, alone, *others]))["rouge_l"][0] is Verdict.CHANCE


def test_a_language_model_and_a_head_are_refused(version, db):
    model = LanguageModel.objects.create(name="head", kind="sentiment", parameters=1, context_length=1)
    head = LanguageModelVersion.objects.register(
        model, path="head", sha256="0" * 64, size=1, dtype="float16", source="test"
    )

    with pytest.raises(NotComparable, match="no figure in common"):
        compare([finished(version, {"rouge_l": numbers(1)}), finished(head, {"rouge_l": numbers(1)})])


def test_one_alone_is_nothing_to_compare(version):
    with pytest.raises(NotComparable, match="two evaluations"):
        compare([finished(version, {"rouge_l": numbers(0.3)})])


def test_where_the_examples_are_gone_the_figures_stand_without_a_verdict(version, other_version):
    first = finished(version, {"rouge_l": numbers(0.3)})
    second = finished(other_version, {"rouge_l": numbers(0.4)})
    second.per_example.unlink()

    (line,) = compare([first, second]).lines

    assert line.cells[1].verdict is None and "not there any more" in line.cells[1].why


def test_it_is_said_in_chinese_too(version, other_version):
    first = finished(version, {"rouge_l": numbers(0.3)})
    second = finished(other_version, {"rouge_l": [value + 0.1 for value in numbers(0.3)]})

    with translation.override("zh-hans"):
        assert in_words(compare([first, second])) == ["tiny@2 在以下指标上优于 tiny@1：ROUGE-L (+0.100)。"]
