"""The demo site: Maple & Moth, a lamp shop that does not exist, with what it sells and what people ask it."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SITE_KEY = "demo"
SITE_NAME = "Maple & Moth"
ACCENT_COLOUR = "#3f5d4c"


@dataclass(frozen=True, slots=True)
class Product:
    """A lamp on the demo page."""

    drawing: str
    name: str
    about: str | Promise
    price: str

    @property
    def picture(self) -> str:
        """The template that draws the lamp."""
        return f"demo/lamps/{self.drawing}.svg"


PRODUCTS = (
    Product("arc", "Alder", _("Floor lamp in bent ash with a linen shade"), "€249"),
    Product("mushroom", "Morel", _("Cordless table lamp, 14 hours on one charge"), "€89"),
    Product("pendant", "Plover", _("Pendant in hand-spun brass"), "€159"),
    Product("desk", "Heron", _("Desk lamp that stays where you put it"), "€129"),
    Product("globe", "Moon", _("Mouth-blown opal globe, dims to candlelight"), "€115"),
    Product("lantern", "Cricket", _("Garden lantern that charges in the sun"), "€69"),
)

SUGGESTIONS = (
    _("Which lamp suits a small desk?"),
    _("How long does delivery take?"),
    _("Can I return a lamp I have used?"),
)

# What the assistant is told about the shop, in the demo site's first prompt. Short, because the default
# model is small: with a longer list it mixes the facts up.
FACTS = """\
Maple & Moth is a shop for lamps. What customers should know:

- Delivery takes 2 to 4 working days. It is free for orders above €60.
- A lamp can be returned within 60 days, even when it was used. Returns are free.
- Every lamp has a guarantee of 5 years.
- For a small desk we recommend the Heron desk lamp for €129 or the cordless Morel for €89.
- Questions for a person: hello@maple-and-moth.example, Monday to Friday, 9 to 17.
"""
