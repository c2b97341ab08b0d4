"""Which languages an operator and a visitor speak, and whether the model translates between them."""

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from chatbot.prompts.languages import english_name, short_code, shown_name
from inference.languages import languages_in_use

ENGLISH = "en"

__all__ = [
    "english_name",
    "own_code",
    "short_code",
    "shown_name",
    "translation_obstacle",
    "written_for_operator",
]


def own_code() -> str:
    """Return the code of the language in which the operator uses the inbox."""
    return short_code(get_language() or "") or ENGLISH


def written_for_operator() -> str:
    """Return the code of the language in which the model writes to the operator: theirs, or else English."""
    own = own_code()
    return own if own in languages_in_use() else ENGLISH


def translation_obstacle(visitor_language: str) -> str:
    """Return why nothing can be translated between operator and visitor, or nothing when it can."""
    own, other = own_code(), short_code(visitor_language)
    if not other:
        return _("The visitor's language is not known.")
    if own == other:
        return _("The visitor's language is also yours.")
    known = languages_in_use()
    lacking = [code for code in (own, other) if code not in known]
    if lacking:
        names = ", ".join(shown_name(code) for code in lacking)
        return _("The active language model is not known to write: %(languages)s.") % {"languages": names}
    return ""
