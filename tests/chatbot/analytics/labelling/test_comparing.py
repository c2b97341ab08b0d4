"""Two heads on the same texts: the figures are the textbook's, and a difference is real or may be chance."""

import random

import pytest

from chatbot.analytics.labelling.comparing import LABELS, NoFigures, by_language, compare, overall


def counts(**cells):
    """Return counts from names like npn=3: true negative, taken for positive before, for negative after."""
    places = {label[0]: number for number, label in enumerate(("negative", "o", "positive"))}
    table = [[[0] * 3 for _before in range(3)] for _true in range(3)]
    for name, count in cells.items():
        true, before, after = (places[letter] for letter in name)
        table[true][before][after] = count
    return table


def test_figures_are_those_of_the_confusion_matrix():
    found = compare(counts(nnn=6, npp=2, ppp=5, pnp=3, ono=4))

    before, after = found.before, found.after
    assert before.confusion == ((6, 0, 2), (4, 0, 0), (3, 0, 5))
    assert after.confusion == ((6, 0, 2), (0, 4, 0), (0, 0, 8))
    assert before.accuracy == 11 / 20 and after.accuracy == 18 / 20
    negative = after.classes[LABELS.index("negative")]
    assert (negative.precision, negative.recall, negative.f1) == (1.0, 6 / 8, 12 / 14)
    assert after.macro_f1 == pytest.approx((12 / 14 + 1 + 16 / 18) / 3)


def test_a_label_that_people_never_gave_is_not_in_the_mean():
    found = compare(counts(nnn=5, ppp=4, poo=1))

    assert found.after.macro_f1 == pytest.approx((1 + 8 / 9) / 2)


def test_the_interval_is_that_of_drawing_texts_anew():
    table = counts(nnn=40, npn=25, nnp=10, ppp=50, pnp=20, ppn=15)
    found = compare(table)

    # The same by drawing texts one by one, with another generator.
    texts = [
        (true, before, after)
        for true in range(3)
        for before in range(3)
        for after in range(3)
        for _ in range(table[true][before][after])
    ]
    chance, gaps = random.Random(5), []
    for _ in range(1000):
        drawn = chance.choices(texts, k=len(texts))
        f1 = []
        for which in (1, 2):
            each = []
            for label in (0, 2):
                right = sum(text[0] == text[which] == label for text in drawn)
                each.append(2 * right / sum((text[0] == label) + (text[which] == label) for text in drawn))
            f1.append(sum(each) / 2)
        gaps.append(f1[1] - f1[0])
    gaps.sort()
    assert found.gap.low == pytest.approx(gaps[25], abs=0.02)
    assert found.gap.high == pytest.approx(gaps[975], abs=0.02)


def test_a_large_difference_is_real_and_a_small_one_may_be_chance():
    assert compare(counts(nnn=50, ppp=50, pnp=30)).gap.is_real
    assert compare(counts(nnn=50, ppp=50, ppn=30)).gap.is_real
    assert not compare(counts(nnn=50, ppp=50, pnp=3, ppn=2)).gap.is_real
    assert not compare(counts(nnn=5, ppp=5)).gap.is_real


def test_languages_are_compared_each_and_together():
    paired = {"en": counts(nnn=5, ppp=5), "zh": counts(npn=5, ppp=5), "de": counts()}

    each = by_language(paired)

    assert sorted(each) == ["en", "zh"]
    assert each["zh"].gap.value > 0 and each["en"].gap.value == 0
    assert overall(paired).after.rows == 20


@pytest.mark.parametrize(
    "paired",
    [
        None,
        {},
        [],
        "x",
        {"en": None},
        {"en": [[1]]},
        {"en": "abc"},
        {"en": [[[-1] * 3] * 3] * 3},
        {"en": [[["a"] * 3] * 3] * 3},
    ],
)
def test_what_are_no_counts_is_refused(paired):
    with pytest.raises(NoFigures):
        overall(paired)
