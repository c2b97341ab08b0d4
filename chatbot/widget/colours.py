"""Companions of a site's accent colour that stay readable, whatever colour a company has."""

from dataclasses import dataclass

# WCAG 2.2, success criterion 1.4.3 (AA), for text of normal size.
ENOUGH = 4.5


@dataclass(frozen=True, slots=True)
class Palette:
    """An accent as a surface, the text that can stand on it, and the accent as text on light and on dark."""

    accent: str
    on_accent: str
    accent_on_light: str
    accent_on_dark: str

    @classmethod
    def of(cls, accent: str) -> "Palette":
        """Return the companions of `accent`, written like #3451d1."""
        return cls(
            accent=accent,
            on_accent=readable_on(accent),
            accent_on_light=pushed(accent, towards="#000000", against="#eef0f4"),
            accent_on_dark=pushed(accent, towards="#ffffff", against="#2a2c33"),
        )


def readable_on(background: str) -> str:
    """Return white if it is readable on `background`, else black, one of which always is."""
    return "#ffffff" if contrast("#ffffff", background) >= ENOUGH else "#000000"


def pushed(colour: str, *, towards: str, against: str) -> str:
    """Return `colour`, mixed with as little of `towards` as makes it readable on `against`."""
    for share in range(0, 101, 4):
        mixed = _mix(colour, towards, share / 100)
        if contrast(mixed, against) >= ENOUGH:
            return mixed
    return towards


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, from 1 to 21, as WCAG 2 defines it."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _mix(colour: str, other: str, share: float) -> str:
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
