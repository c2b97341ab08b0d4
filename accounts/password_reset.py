"""A new password by mail: the same answer, and as quickly, whether or not there is such an address."""

from typing import Any

from allauth.account.forms import ResetPasswordForm
from allauth.account.internal.userkit import filter_users_by_email
from allauth.account.utils import user_pk_to_url_str
from allauth.account.views import PasswordResetView
from allauth.core import context
from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts import attempts
from accounts.attempts import TooManyAttempts, account_digest
from accounts.mail import send_mail
from accounts.models import Attempt, User
from accounts.networks import network_of_request
from accounts.policy import works_here


class PasswordResetForm(ResetPasswordForm):
    """Asks for the address; the worker finds out whom it belongs to, and writes the mail."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["email"].label = _("E-mail address")
        self.fields["email"].widget.attrs.pop("placeholder", None)

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()
        try:
            attempts.begin(
                Attempt.Kind.RESET, account_digest(f"name:{email}"), network_of_request(context.request)
            )
        except TooManyAttempts as refusal:
            raise ValidationError(refusal.sentence, code="too_many_attempts") from refusal
        return email

    def save(self, request: HttpRequest, **options: Any) -> str:
        from accounts.tasks import mail_password_reset

        email: str = self.cleaned_data["email"]
        mail_password_reset.delay(email, get_language())
        return email


class PasswordResetPage(PasswordResetView):
    """allauth's page, which says so where no mail is sent."""

    def get_context_data(self, **named: Any) -> dict[str, Any]:
        return {**super().get_context_data(**named), "mail_is_sent": bool(settings.EMAIL_URL)}


ask_for_reset = PasswordResetPage.as_view()


def reset_link(person: User) -> str:
    """Return a link by which `person` sets a new password: once, and within PASSWORD_RESET_TIMEOUT."""
    token = default_token_generator.make_token(person)
    names = {"uidb36": user_pk_to_url_str(person), "key": token}
    return settings.PUBLIC_URL + reverse("account_reset_password_from_key", kwargs=names)


def mail_reset_links(email: str) -> None:
    """Send a link to each active person with this address, and nothing to an address that nobody has."""
    for person in filter_users_by_email(email, is_active=True, prefer_verified=True, for_login=True):
        if works_here(person):
            send_mail("account/email/reset", person.email, {"person": person, "link": reset_link(person)})
