"""Shares as people read them."""

from django import template
from django.utils.formats import number_format

register = template.Library()


@register.filter
def percent(share: float) -> str:
    """Return a share of 1 in percent with one digit after the point, in the reader's way of writing."""
    # Django cuts digits off instead of rounding.
    return f"{number_format(round(share * 100, 1), decimal_pos=1)} %"
