"""Origins, the scheme://host[:port] of the web pages that may show a site's widget."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


def is_loopback(host: str) -> bool:
    """Tell whether `host`, a name or an address without port, is this machine itself."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def normalise_origin(text: str) -> str:
    """Return `text` as a lower-case origin without a trailing slash.

    Raises ValidationError unless it is exactly scheme://host[:port] with https, or with http on
    loopback; wildcards are refused because they let strangers' pages frame the chat.
    """
    candidate = text.strip().rstrip("/").lower()
    try:
        parts = urlsplit(candidate)
        port = parts.port
    except ValueError:
        raise ValidationError(_("“%(origin)s” is not an origin."), params={"origin": text}) from None
    host = parts.hostname or ""
    plain = not (parts.path or parts.query or parts.fragment or parts.username or parts.password)
    shape = set(host) <= set("abcdefghijklmnopqrstuvwxyz0123456789.-:") and plain and bool(host)
    if parts.scheme not in ("http", "https") or not shape:
        raise ValidationError(
            _("“%(origin)s” is not an origin. Write it like https://www.example.com."),
            params={"origin": text},
        )
    if parts.scheme == "http" and not is_loopback(host):
        raise ValidationError(
            _("“%(origin)s” must begin with https://; http is for this machine only."),
            params={"origin": text},
        )
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port else "")
