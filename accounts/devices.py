"""Devices that a person has signed in on, known by a signed cookie; they serve accounts/attempts.py."""

import secrets

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from accounts.attempts import account_digest
from accounts.models import User

_COOKIE = "parley_device"
_SALT = "accounts.devices"
_SECONDS = 180 * 24 * 3600


def account_of_person(person: User) -> str:
    """Return what the person's attempts are counted by."""
    return account_digest(f"person:{person.pk}")


def known_device(request: HttpRequest, account: str) -> str:
    """Return the name of the request's device, or nothing unless `account` has signed in on it."""
    try:
        marked = signing.loads(request.COOKIES.get(_COOKIE, ""), salt=_SALT, max_age=_SECONDS)
    except signing.BadSignature:
        return ""
    return str(marked["device"]) if marked["account"] == account else ""


def remember_device(request: HttpRequest, response: HttpResponse, person: User) -> None:
    """Mark the device as one on which `person` has signed in."""
    account = account_of_person(person)
    device = known_device(request, account) or secrets.token_hex(16)
    response.set_cookie(
        _COOKIE,
        signing.dumps({"account": account, "device": device}, salt=_SALT),
        max_age=_SECONDS,
        path="/admin/",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
