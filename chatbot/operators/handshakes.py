"""Who opens an operator's socket: from which page, and with whose session."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, parse_cookie
from django.http.request import split_domain_port, validate_host
from django.utils.translation import get_language_from_request

from accounts.models import User
from accounts.policy import Ability, may
from accounts.session_people import person_of_session

Scope = dict[str, Any]


def is_from_our_pages(scope: Scope) -> bool:
    """Tell whether the handshake's Origin is this installation's own, scheme and port included.

    Browsers send cookies with a handshake whoever's page begins it, so the session alone proves nothing.
    """
    origin = _header(scope, b"origin").lower()
    if origin == _origin_of(settings.PUBLIC_URL):
        return True
    host = _header(scope, b"host").lower()
    scheme = "https" if settings.HTTPS or scope.get("scheme") in ("wss", "https") else "http"
    allowed = settings.ALLOWED_HOSTS or ["localhost", "127.0.0.1", "[::1]"]
    return origin == f"{scheme}://{host}" and validate_host(split_domain_port(host)[0], allowed)


def person_of(scope: Scope, abilities: Iterable[Ability] = (Ability.READ_CONVERSATIONS,)) -> User | None:
    """Return who is signed in with the handshake's session and has one of `abilities` somewhere, or None.

    Asked again later, it tells whether that still holds: a session that was ended, an account that was
    blocked, a password or a role that was changed.
    """
    cookies = parse_cookie(_header(scope, b"cookie"))
    person = person_of_session(cookies.get(settings.SESSION_COOKIE_NAME))
    if not isinstance(person, User) or not any(may(person, ability) for ability in abilities):
        return None
    return person


def language_of(scope: Scope) -> str:
    """Return the language that the person chose, or the browser's."""
    request = HttpRequest()
    request.COOKIES = parse_cookie(_header(scope, b"cookie"))
    request.META["HTTP_ACCEPT_LANGUAGE"] = _header(scope, b"accept-language")
    return get_language_from_request(request)


def _header(scope: Scope, name: bytes) -> str:
    values = [value for key, value in scope.get("headers", ()) if key == name]
    return values[0].decode("latin-1") if len(values) == 1 else ""


def _origin_of(url: str) -> str:
    parts = urlsplit(url.lower())
    return f"{parts.scheme}://{parts.netloc}"
