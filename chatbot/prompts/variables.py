"""The variables of a prompt: what stands in braces is replaced by facts when an answer is written.

A brace that is meant as one is written twice. The facts come from outside and are data: they hold no line
breaks, are short, and a variable inside one stays text.
"""

import re
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# What each stands for, in the order in which the page lists them.
VARIABLES: dict[str, str | Promise] = {
    "site": gettext_lazy("the site's name"),
    "visitor": gettext_lazy("the visitor's name, or “visitor”"),
    "language": gettext_lazy("the visitor's language, in English"),
    "date": gettext_lazy("today's date at the office"),
    "office_hours": gettext_lazy("the office hours, in English"),
}
_LONGEST = {"site": 100, "visitor": 80, "language": 40, "date": 40, "office_hours": 500}
_BRACES = re.compile(r"\{\{|\}\}|\{([^{}\n]{0,60})\}|[{}]")


@dataclass(frozen=True, slots=True)
class Values:
    """The facts for one conversation."""

    site: str
    visitor: str = "visitor"
    language: str = "English"
    date: str = ""
    office_hours: str = ""


def check(text: str) -> None:
    """Raise ValidationError, naming the place, for an unknown variable or a brace that stands alone."""
    errors = []
    for match in _BRACES.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        if match[1] is not None and match[1] not in VARIABLES:
            words = _(
                "Line %(line)d: there is no variable {%(name)s}. There are %(known)s. "
                "Write {{ and }} for braces in the text."
            )
            known = ", ".join(f"{{{name}}}" for name in VARIABLES)
            errors.append(words % {"line": line, "name": match[1], "known": known})
        elif match[0] in ("{", "}"):
            words = _("Line %(line)d: a brace stands alone. Write {{ and }} for braces in the text.")
            errors.append(words % {"line": line})
    if errors:
        raise ValidationError(list(dict.fromkeys(errors)), code="variable")


def render(text: str, values: Values) -> str:
    """Return `text` with the facts put in and double braces made single; what is unknown stays as it is."""

    def put_in(match: re.Match[str]) -> str:
        if match[1] in VARIABLES:
            return _as_data(str(getattr(values, match[1])), _LONGEST[match[1]])
        return match[0][0] if match[0] in ("{{", "}}") else match[0]

    return _BRACES.sub(put_in, text)


def used_in(text: str) -> list[str]:
    """Return the names of the variables that stand in `text`, in their order there."""
    found = [match[1] for match in _BRACES.finditer(text) if match[1] in VARIABLES]
    return list(dict.fromkeys(found))


def _as_data(value: str, longest: int) -> str:
    """Return a fact on one line and at most `longest` characters long, without control characters."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in value).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"
