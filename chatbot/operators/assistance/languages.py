"""Which languages an operator and a visitor speak, and whether the model translates between them."""

import re

from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext as _

from inference.languages import languages_in_use

_CODE = re.compile(r"([a-zA-Z]{2})(?:[-_][a-zA-Z0-9-]*)?\Z")
ENGLISH = "en"


def short_code(language: str) -> str:
    """Return the ISO 639-1 code of a language tag such as zh-Hans, or nothing for what is none."""
    match = _CODE.match(language)
    return match[1].lower() if match else ""


def own_code() -> str:
    """Return the code of the language in which the operator uses the inbox."""
    return short_code(get_language() or "") or ENGLISH


def english_name(code: str) -> str:
    """Return a language's English name, as models know it, or its code where Django knows none."""
    return _info(code, "name")


def shown_name(code: str) -> str:
    """Return a language's name in the operator's language."""
    return _info(code, "name_translated")


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


def _info(code: str, key: str) -> str:
    # Django knows Chinese by its scripts only.
    try:
        return str(get_language_info("zh-hans" if code == "zh" else code)[key])
    except KeyError:
        return code
