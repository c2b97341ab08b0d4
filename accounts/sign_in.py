"""Signing in to the admin site, and what the audit record says of it."""

from django.contrib.auth.forms import AuthenticationForm as DjangoAuthenticationForm
from django.http import HttpRequest
from unfold.forms import AuthenticationForm

from accounts.audit import network_of_request, only_site_of, record
from accounts.models import User


class SignInForm(AuthenticationForm):
    """Unfold's sign-in form without the demand for Django's staff flag, which roles replace."""

    def confirm_login_allowed(self, user: User) -> None:
        DjangoAuthenticationForm.confirm_login_allowed(self, user)


def record_sign_in(request: HttpRequest, person: User) -> None:
    """Record that `person` has just signed in, whichever way."""
    record("person.signed_in", by=person, site=only_site_of(person), network=network_of_request(request))


def record_sign_out(request: HttpRequest, person: User) -> None:
    """Record that `person` has just signed out."""
    record("person.signed_out", by=person, site=only_site_of(person), network=network_of_request(request))


def record_failed_sign_in(request: HttpRequest, username: str) -> None:
    """Record an attempt on an account that exists.

    Other names are not recorded: people type passwords into the wrong field.
    """
    person = User.objects.filter(username=username).first()
    if person is not None:
        record(
            "person.sign_in_failed",
            by=None,
            site=only_site_of(person),
            about=person,
            network=network_of_request(request),
        )
