"""Every setting of every training program is said in words that are translated."""

import pytest

from chatbot.workshop.jobs.kinds import ALL
from chatbot.workshop.jobs.option_texts import CHOICES, TEXTS, texts_of

# Numbers have no words, and names of number formats are the same in every language.
_NAMES = {"fp32", "bf16"}


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.kind.value)
def test_every_option_and_choice_has_words(kind):
    for option in kind.options:
        label, help_text = texts_of(kind.kind.value, option.name)
        assert label != option.name and help_text, f"{kind.kind.value}: {option.name}"
        without = [
            one for one in option.choices if one not in CHOICES and one not in _NAMES and not one.isdigit()
        ]
        assert not without, f"{kind.kind.value}: {option.name}"


def test_no_words_are_left_of_options_that_are_gone():
    names = {option.name for kind in ALL for option in kind.options}

    assert {name.rpartition(".")[2] for name in TEXTS} <= names
