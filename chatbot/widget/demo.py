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

# What the assistant is told about the shop, as the demo site's first prompt.
FACTS = """\
Maple & Moth sells lamps made in small workshops.
Products: Alder, floor lamp in bent ash, €249. Morel, cordless table lamp, 14 hours a charge, €89. \
Plover, brass pendant, €159. Heron, desk lamp, €129. Moon, opal glass globe, €115. \
Cricket, solar garden lantern, €69.
Delivery takes 2 to 4 working days and is free above €60.
Lamps can be returned within 60 days, used or not; returning is free.
Every lamp has a 5-year guarantee and spare parts for 15 years.
The team is there Monday to Friday from 9 to 17 and answers at hello@maple-and-moth.example.
"""
