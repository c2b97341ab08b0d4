"""Signing in, at the admin's own address."""

from typing import Any

from allauth.account.forms import LoginForm
from allauth.account.views import LoginView
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.policy import works_here
from accounts.refusals import refused


class SignInForm(LoginForm):
    """Asks for name and password; the name's field is called `username`, as password managers expect it."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["login"].label = _("Username or e-mail address")
        self.fields["login"].widget.attrs.update({"autocomplete": "username", "autofocus": True})
        for field in self.fields.values():
            field.help_text = ""
            field.widget.attrs.pop("placeholder", None)

    def add_prefix(self, field_name: str) -> str:
        return "username" if field_name == "login" else super().add_prefix(field_name)


class SignInView(LoginView):
    """allauth's page, which also offers single sign-on where it is set up."""

    def get_context_data(self, **named: Any) -> dict[str, Any]:
        return {**super().get_context_data(**named), "single_sign_on": settings.OIDC_NAME}


login = SignInView.as_view()


def sign_in(request: HttpRequest) -> HttpResponse:
    """Show the sign-in page, or lead on whoever is signed in: to a second factor that is owed, or inside."""
    person = request.user
    if isinstance(person, AnonymousUser):
        return login(request)
    if not works_here(person):
        return refused(request)
    if person.owes_second_factor:
        return HttpResponseRedirect(reverse("mfa_activate_totp"))
    return login(request)
