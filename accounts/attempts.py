"""How often somebody may try: guesses are limited by account and by network, over all processes together.

Three limits, all within SIGN_IN_FAILURE_MINUTES:

- one account from one network, or from one device that it has signed in on: SIGN_IN_FAILURES;
- one network, whatever the accounts: SIGN_IN_FAILURES_PER_NETWORK;
- one account from everywhere: beyond three times SIGN_IN_FAILURES one try in half a minute.

A device that the person has signed in on carries a signed cookie. It is held to the first limit only, counted
for itself, so that no stranger can lock a person out of the devices they use.
"""

import math
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import ngettext

from accounts.models import Attempt

_SLOWED_DOWN = timedelta(seconds=30)
_SLOW_AFTER = 3


class TooManyAttempts(Exception):
    """There were too many attempts; another one may be made in `retry_after` seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after

    @property
    def sentence(self) -> str:
        """What the person reads, the same whether or not there is such an account."""
        if self.retry_after < 60:
            count = self.retry_after
            sentence = ngettext(
                "Too many attempts. Please try again in %(count)s second.",
                "Too many attempts. Please try again in %(count)s seconds.",
                count,
            )
        else:
            count = math.ceil(self.retry_after / 60)
            sentence = ngettext(
                "Too many attempts. Please try again in %(count)s minute.",
                "Too many attempts. Please try again in %(count)s minutes.",
                count,
            )
        return sentence % {"count": count}


def account_digest(name: str) -> str:
    """Return what an account is counted by; `name` is a sign-in name as typed, or a person's primary key."""
    return salted_hmac("accounts.attempts", name.strip().lower(), algorithm="sha256").hexdigest()


def counting_since() -> datetime:
    """Return the moment since which attempts count."""
    return timezone.now() - timedelta(minutes=settings.SIGN_IN_FAILURE_MINUTES)


def begin(kind: Attempt.Kind, account: str, network: str, *, device: str = "") -> Attempt:
    """Count an attempt before it is made; raises TooManyAttempts, and then counts nothing.

    `account` is an `account_digest`, `device` names a device that the person is known to use. Since the
    attempt is stored first and then counted with the others, no number of processes lets more through. Delete
    it once it turns out well.
    """
    place = f"device:{device}" if device else network
    attempt = Attempt.objects.create(kind=kind, account=account, network=place)
    try:
        _check(attempt, is_known_device=bool(device))
    except TooManyAttempts:
        attempt.delete()
        raise
    Attempt.objects.forget_old()
    return attempt


def _check(attempt: Attempt, *, is_known_device: bool) -> None:
    recent = Attempt.objects.recent(attempt.kind)
    limit = settings.SIGN_IN_FAILURES
    here = recent.filter(account=attempt.account, network=attempt.network)
    _allow(list(here.values_list("at", flat=True)), limit)
    if is_known_device:
        return
    by_network = recent.filter(network=attempt.network)
    _allow(list(by_network.values_list("at", flat=True)), settings.SIGN_IN_FAILURES_PER_NETWORK)
    elsewhere = recent.filter(account=attempt.account).exclude(pk=attempt.pk)
    strangers = list(elsewhere.exclude(network__startswith="device:").values_list("at", flat=True))
    if len(strangers) >= _SLOW_AFTER * limit:
        _wait_until(strangers[-1] + _SLOWED_DOWN)


def _allow(times: list[datetime], limit: int) -> None:
    """Raise TooManyAttempts when `times`, this attempt among them, are more than `limit`."""
    if len(times) > limit:
        _wait_until(times[-limit - 1] + timedelta(minutes=settings.SIGN_IN_FAILURE_MINUTES))


def _wait_until(moment: datetime) -> None:
    seconds = math.ceil((moment - timezone.now()).total_seconds())
    if seconds > 0:
        raise TooManyAttempts(seconds)
