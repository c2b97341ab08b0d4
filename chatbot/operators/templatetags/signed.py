"""Scores as people read them."""

from django import template
from django.utils.formats import number_format

register = template.Library()


@register.filter
def signed(score: float) -> str:
    """Return a score from -1 to 1 with its sign and two digits, in the reader's way of writing."""
    rounded = round(score, 2)
    sign = "+" if rounded > 0 else "−" if rounded < 0 else ""
    return f"{sign}{number_format(abs(rounded), decimal_pos=2)}"
