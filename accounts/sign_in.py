"""Signing in to the admin site."""

from django.contrib.auth.forms import AuthenticationForm as DjangoAuthenticationForm
from django.contrib.auth.models import AbstractBaseUser
from unfold.forms import AuthenticationForm


class SignInForm(AuthenticationForm):
    """Unfold's sign-in form without the demand for Django's staff flag, which roles replace."""

    def confirm_login_allowed(self, user: AbstractBaseUser) -> None:
        DjangoAuthenticationForm.confirm_login_allowed(self, user)
