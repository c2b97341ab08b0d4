"""A guess at a password or a code, on a page: counted, and refused in words beyond the limits."""

from django.core.exceptions import ValidationError
from django.http import HttpRequest

from accounts import attempts
from accounts.access_acts import record_blocked
from accounts.attempts import TooManyAttempts
from accounts.devices import known_device
from accounts.models import Attempt, User
from accounts.networks import network_of_request


def begin_guess(request: HttpRequest, kind: Attempt.Kind, account: str, person: User | None) -> Attempt:
    """Count a guess at `account`, which belongs to `person` if anybody; delete it once it turns out well.

    Raises ValidationError, with what the person reads, beyond the limits, and then that is recorded.
    """
    try:
        return attempts.begin(
            kind, account, network_of_request(request), device=known_device(request, account)
        )
    except TooManyAttempts as refusal:
        record_blocked(request, person)
        raise ValidationError(refusal.sentence, code="too_many_attempts") from refusal
