"""Signing in as the cast does, and the codes that their authenticator apps show."""

import time

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.http import HttpResponse
from django.test import Client

from accounts.models import User

PASSWORD = "correct horse battery"


def sign_in(client: Client, name: str, password: str = PASSWORD, **extra: str) -> HttpResponse:
    """Post the sign-in form and follow where it leads."""
    return client.post("/admin/login/", {"username": name, "password": password}, follow=True, **extra)


def is_signed_in(client: Client) -> bool:
    return client.get("/admin/").status_code == 200


class App:
    """A person's authenticator app."""

    def __init__(self, person: User) -> None:
        self.secret = generate_totp_secret()
        TOTP.activate(person, self.secret)
        self.recovery_codes = RecoveryCodes.activate(person).generate_codes()

    def code(self, steps_ago: int = 0) -> str:
        """Return the code of now, or the one of some half minutes ago."""
        return code_of(self.secret, steps_ago)


def code_of(secret: str, steps_ago: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 - steps_ago))
