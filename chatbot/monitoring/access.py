"""Who may read the metrics."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from accounts.origins import is_loopback

_FORWARDING_HEADERS = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "Via")


def may_read_metrics(request: HttpRequest) -> bool:
    """Tell whether the request carries METRICS_TOKEN as its bearer, or comes straight from this machine.

    Behind a proxy on the same machine every visitor's request comes from loopback: one that shows signs of
    having been passed on needs the token.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if settings.METRICS_TOKEN and scheme.lower() == "bearer":
        return constant_time_compare(token, settings.METRICS_TOKEN)
    passed_on = settings.TRUST_PROXY_HEADERS or any(name in request.headers for name in _FORWARDING_HEADERS)
    return not passed_on and is_loopback(request.META.get("REMOTE_ADDR", ""))
