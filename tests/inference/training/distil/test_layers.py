"""Which layers a student keeps, and which states of its teacher it is held to."""

import pytest

from inference.training.distil.layers import BadLayers, chosen, evenly_spaced, states_to_match


@pytest.mark.parametrize(
    ("count", "of", "layers"),
    [(3, 12, (0, 6, 11)), (2, 12, (0, 11)), (1, 12, (0,)), (11, 12, (0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11))],
)
def test_layers_are_evenly_spaced_with_the_first_and_the_last(count: int, of: int, layers: tuple[int, ...]):
    assert evenly_spaced(count, of) == layers


def test_no_number_of_layers_takes_one_twice():
    for of in range(2, 50):
        for count in range(1, of):
            assert len(set(evenly_spaced(count, of))) == count


@pytest.mark.parametrize(
    ("wanted", "layers"), [("", (0, 2, 5)), (" ", (0, 2, 5)), ("2", (0, 5)), ("0, 1,4", (0, 1, 4))]
)
def test_layers_are_named_by_nothing_a_number_or_a_list(wanted: str, layers: tuple[int, ...]):
    assert chosen(wanted, 6) == layers


@pytest.mark.parametrize(
    "wanted", ["0", "6", "7", "2,1", "1,1", "0,6", "0,1,2,3,4,5", "half", "1;2", "-1", "1,"]
)
def test_layers_that_make_no_student_are_refused(wanted: str):
    with pytest.raises(BadLayers):
        chosen(wanted, 6)


def test_a_students_layer_is_held_to_what_enters_the_next_one_that_was_kept():
    assert states_to_match((0, 2, 5), of=6, teacher=6) == (2, 5, 6)
    assert states_to_match((0, 2, 5), of=6, teacher=12) == (4, 10, 12)
