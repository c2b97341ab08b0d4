"""A setting of a training program is read from a command line, and refused with a sentence."""

from argparse import ArgumentParser

import pytest

from inference.training.option import Option, add_options, command_line

OPTIONS = (
    Option("epochs", 2.0, "How often every example is read.", least=0.1, most=100),
    Option("steps", 10, "How many steps.", least=1, most=100),
    Option("merge_adapters", True, "Whether the weights are merged."),
    Option("method", "lora", "How it learns.", choices=("lora", "full")),
)


def parsed(*words: str) -> dict[str, object]:
    parser = ArgumentParser()
    add_options(parser, OPTIONS)
    return vars(parser.parse_args(words))


def test_defaults_hold_where_nothing_is_said():
    assert parsed() == {"epochs": 2.0, "steps": 10, "merge_adapters": True, "method": "lora"}


def test_what_a_form_gives_comes_back_from_the_command_line():
    values = {"epochs": 0.5, "steps": 3, "merge_adapters": False, "method": "full"}
    assert parsed(*command_line(OPTIONS, values)) == values


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--epochs", "nan"), "lies between"),
        (("--epochs", "many"), "is a number"),
        (("--steps", "0"), "lies between"),
        (("--steps", "2.5"), "is a number"),
        (("--merge-adapters", "yes"), "true or false"),
        (("--method", "magic"), "one of lora, full"),
    ],
)
def test_a_value_that_will_not_do_is_refused(words, sentence, capsys):
    with pytest.raises(SystemExit):
        parsed(*words)
    assert sentence in capsys.readouterr().err
