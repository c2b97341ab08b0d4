"""Personal data that has a form of its own: where it stands in a text, and what it is."""

import ipaddress
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple


class Found(NamedTuple):
    """A piece of a text, from `start` to before `end`, and what it is, such as "email"."""

    start: int
    end: int
    kind: str


def found_in(text: str) -> Iterator[Found]:
    """Yield the personal data in `text` from left to right, no two of which overlap.

    What has a check digit must have the right one, so that order numbers stay. Names and places have no form
    and are not found.
    """
    end = 0
    matches = [
        Found(*match.span(), kind)
        for kind, pattern, holds in _PATTERNS
        for match in pattern.finditer(text)
        if holds(match.group())
    ]
    for one in sorted(matches, key=lambda found: (found.start, -found.end)):
        if one.start >= end:
            end = one.end
            yield one


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _is_card(text: str) -> bool:
    """The check digit of ISO/IEC 7812-1 (H. P. Luhn, US patent 2950048)."""
    digits = _digits(text)
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return 13 <= len(digits) <= 19 and sum(value - 9 * (value > 9) for value in doubled) % 10 == 0


def _is_iban(text: str) -> bool:
    """The check digits of ISO 13616."""
    letters = text.replace(" ", "").upper()
    turned = letters[4:] + letters[:4]
    return 15 <= len(letters) <= 34 and int("".join(str(int(letter, 36)) for letter in turned)) % 97 == 1


def _is_resident(text: str) -> bool:
    """The check digit of a Chinese resident's number, GB 11643-1999."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(text[:17], weights, strict=True))
    return "10X98765432"[total % 11] == text[17].upper()


def _is_phone(text: str) -> bool:
    return 8 <= len(_digits(text)) <= 15


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _always(_text: str) -> bool:
    return True


_Holds = Callable[[str], bool]
_PATTERNS: tuple[tuple[str, re.Pattern[str], _Holds], ...] = (
    ("email", re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}", re.ASCII), _always),
    ("iban", re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"), _is_iban),
    ("card", re.compile(r"(?<![\d-])\d(?:[ -]?\d){12,18}(?![\d-])"), _is_card),
    ("id", re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)"), _is_resident),
    ("phone", re.compile(r"(?<!\d)1[3-9]\d(?:[ -]?\d{4}){2}(?!\d)"), _always),
    (
        "phone",
        re.compile(
            r"(?<![\d.])(?<!\d )(?:\+|00)\d{1,3}[ -]?(?:\(\d{1,4}\)[ -]?)?\d{1,4}(?:[ -]?\d{2,4}){1,4}(?!\d)"
        ),
        _is_phone,
    ),
    ("phone", re.compile(r"(?<![\d.])\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?!\d)"), _always),
    ("ip", re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])"), _is_address),
)
