"""Elements of SVG as text."""

from collections.abc import Iterable

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe


def element(name: str, *children: SafeString, **attributes: str | float) -> SafeString:
    """Return an element. Its attributes are escaped; `class_` is `class`, and "_" in a name is "-"."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"' for key, value in attributes.items()
    )
    inner = "".join(children)
    return mark_safe(f"<{name}{written}>{inner}</{name}>" if inner else f"<{name}{written}/>")  # noqa: S308


def text(plain: str, **attributes: str | float) -> SafeString:
    """Return a text element with the escaped words."""
    return element("text", escape(plain), **attributes)


def words(plain: str) -> SafeString:
    """Return the words escaped, without an element around them."""
    return escape(plain)


def joined(elements: Iterable[SafeString]) -> SafeString:
    """Return the elements one after another."""
    return mark_safe("".join(elements))  # noqa: S308


def percent(share: float) -> str:
    """Return a share of 1 as a length in percent."""
    return f"{_short(share * 100)}%"


def _value(value: str | float) -> str:
    return escape(value) if isinstance(value, str) else _short(value)


def _short(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")
