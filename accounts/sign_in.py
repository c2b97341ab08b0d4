"""Signing in to the admin site."""

from django.contrib.auth.forms import AuthenticationForm as DjangoAuthenticationForm
from unfold.forms import AuthenticationForm

from accounts.models import User


class SignInForm(AuthenticationForm):
    """Unfold's sign-in form without the demand for Django's staff flag, which roles replace."""

    def confirm_login_allowed(self, user: User) -> None:
        DjangoAuthenticationForm.confirm_login_allowed(self, user)
