"""What the settings of training programs are called on pages, and what each changes."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Texts = tuple[Promise, Promise]

# By the name of the option, or KIND.NAME where it means another thing in one program.
TEXTS: Mapping[str, Texts] = {}


def texts_of(kind: str, name: str) -> tuple[str | Promise, str | Promise]:
    """Return the label of an option of a kind of job, and what it changes; its bare name without texts."""
    return TEXTS.get(f"{kind}.{name}") or TEXTS.get(name) or (name, "")
