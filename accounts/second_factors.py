"""Codes of authenticator apps and recovery codes: each is good once, and guesses are limited."""

from allauth.core import context
from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.devices import account_of_person
from accounts.guesses import begin_guess
from accounts.models import Attempt, User


def use_code(person: User, code: str) -> Authenticator | None:
    """Use `code` up and return what it belongs to: the person's app or recovery codes; None when it is wrong.

    A code that was used before is wrong, in whatever process and at whatever moment that was.
    """
    for authenticator in Authenticator.objects.filter(user=person, type__in=("totp", "recovery_codes")):
        if authenticator.type == "totp":
            accepted = _use_step(person, _step_of(decrypt(authenticator.data["secret"]), code))
        else:
            accepted = authenticator.wrap().validate_code(code)
        if accepted:
            authenticator.user = person
            return authenticator
    return None


def _step_of(secret: str, code: str) -> int | None:
    """Return the half minute, counted from 1970, to which `code` belongs; None when it fits none of now."""
    for step in yield_hotp_counters_from_time():
        if secret and compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, step))):
            return int(step)
    return None


def _use_step(person: User, step: int | None) -> bool:
    """Tell whether the step is later than every one used so far, and remember it; one of two at once wins."""
    if step is None:
        return False
    later = User.objects.filter(pk=person.pk, last_code_step__lt=step)
    return later.update(last_code_step=step) == 1


class _LimitedGuesses:
    """Mixed in before allauth's forms, whose own check may forget a used code while it still fits."""

    user: User

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]  # type: ignore[attr-defined]
        attempt = begin_guess(context.request, Attempt.Kind.CODE, account_of_person(self.user), self.user)
        authenticator = use_code(self.user, code)
        if authenticator is None:
            raise ValidationError(_("This code is not right, or it was used already."), code="wrong_code")
        attempt.delete()
        self.authenticator = authenticator
        return code


class CodeForm(_LimitedGuesses, AuthenticateForm):
    """Asks for a code to sign in."""


class ConfirmingCodeForm(_LimitedGuesses, ReauthenticateForm):
    """Asks for a code before something delicate."""


class ActivationForm(ActivateTOTPForm):
    """Asks for the first code of a new authenticator app, which then cannot be used to sign in."""

    def clean_code(self) -> str:
        code: str = super().clean_code()
        _use_step(self.user, _step_of(self.secret, code))
        return code
