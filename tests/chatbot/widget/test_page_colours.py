"""A company's colour stays readable whatever it is."""

import random

import pytest

from chatbot.widget.colours import ENOUGH, Palette, contrast

LIGHT_SURFACES = ("#ffffff", "#f3f4f7", "#eef0f4")
DARK_SURFACES = ("#17181c", "#26272e", "#2a2c33")
ANY_COLOUR = [f"#{random.Random(number).randrange(1 << 24):06x}" for number in range(40)]


@pytest.mark.parametrize("accent", ["#000000", "#ffffff", "#808080", "#ffff00", "#3f5d4c", *ANY_COLOUR])
def test_text_on_it_and_in_it_can_be_read(accent: str) -> None:
    palette = Palette.of(accent)
    assert contrast(palette.on_accent, accent) >= ENOUGH
    assert all(contrast(palette.accent_on_light, surface) >= ENOUGH for surface in LIGHT_SURFACES)
    assert all(contrast(palette.accent_on_dark, surface) >= ENOUGH for surface in DARK_SURFACES)


def test_a_colour_that_is_readable_already_stays() -> None:
    assert Palette.of("#1f3a8a").accent_on_light == "#1f3a8a"


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
