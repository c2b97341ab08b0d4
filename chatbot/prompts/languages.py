"""Languages by their codes: which prompt is for which, and what a model calls them."""

import re
from functools import lru_cache

from django.conf.locale import LANG_INFO
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

_CODE = re.compile(r"([a-zA-Z]{2})(?:[-_][a-zA-Z0-9-]*)?\Z")
# Django knows Chinese by its scripts only.
_CHINESE = "zh-hans"


def short_code(language: str) -> str:
    """Return the ISO 639-1 code of a language tag such as zh-Hans, or nothing for what is none."""
    match = _CODE.match(language)
    return match[1].lower() if match else ""


def english_name(language: str) -> str:
    """Return the English name of a code or tag, as models know it, or the code where Django knows none."""
    tag = language.lower().replace("_", "-")
    known = tag if tag in LANG_INFO and "name" in LANG_INFO[tag] else short_code(tag)
    return _info(known, "name")


def shown_name(code: str) -> str:
    """Return a language's name in the reader's language; "All languages" for the code of none."""
    return _info(code, "name_translated") if code else _("All languages")


@lru_cache(maxsize=1)
def codes() -> tuple[str, ...]:
    """Return the codes that a prompt can be written for."""
    return tuple(sorted({code for tag in LANG_INFO if (code := short_code(tag)) and tag in (code, _CHINESE)}))


def choices() -> list[tuple[str, str]]:
    """Return the languages that a prompt can be written for, for a form in the reader's language."""
    named = sorted(((code, shown_name(code)) for code in codes()), key=lambda choice: choice[1])
    return [("", shown_name("")), *named]


def _info(code: str, key: str) -> str:
    try:
        return str(get_language_info(_CHINESE if code == "zh" else code)[key])
    except KeyError:
        return code
