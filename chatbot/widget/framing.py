"""Which web pages may show a site's chat in a frame, and the policy that tells browsers so."""

from urllib.parse import urlsplit

from django.http import HttpRequest

from accounts.models import Site
from accounts.origins import is_loopback
from chatbot.widget import demo

LOOPBACK_NAMES = ("127.0.0.1", "localhost")


def framing_origins(site: Site, request: HttpRequest) -> list[str]:
    """Return the site's allowed origins; the demo is also allowed where it is served, on loopback."""
    origins: list[str] = list(site.allowed_origins)
    place = urlsplit(f"//{request.get_host()}")
    if site.public_key == demo.SITE_KEY and is_loopback(place.hostname or ""):
        port = f":{place.port}" if place.port else ""
        origins += [f"{request.scheme}://{name}{port}" for name in LOOPBACK_NAMES]
    return list(dict.fromkeys(origins))


def chat_policy(request: HttpRequest, framed_by: list[str]) -> str:
    """Return the Content-Security-Policy of the chat page: its own files and socket, nothing else."""
    socket = f"{'wss' if request.is_secure() else 'ws'}://{request.get_host()}"
    ancestors = " ".join(framed_by) or "'none'"
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            f"connect-src 'self' {socket}",
            "img-src 'self' data:",
            "font-src 'self'",
            f"frame-ancestors {ancestors}",
            "base-uri 'none'",
            "form-action 'none'",
            "object-src 'none'",
        )
    )
