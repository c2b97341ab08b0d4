"""Security headers on every response: what a view left out is filled in with the strictest value.

Django brings `SecurityMiddleware` (nosniff, referrer, opener, HSTS) and `XFrameOptionsMiddleware`; here is
the rest. A view that must be looser sets the header itself, as the widget page does to be framed by a
company's site.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase

CSP = "Content-Security-Policy"

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; frame-src 'self'; manifest-src 'self'; base-uri 'none'; object-src 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)

# Unfold's pages are written for Alpine.js, which compiles the expressions in attributes with `Function`, and
# no nonce allows that. Inline scripts and inline styles stay forbidden.
ADMIN_CONTENT_SECURITY_POLICY = CONTENT_SECURITY_POLICY.replace(
    "script-src 'self'", "script-src 'self' 'unsafe-eval'"
)

_UNUSED_FEATURES = (
    "accelerometer",
    "autoplay",
    "browsing-topics",
    "camera",
    "display-capture",
    "encrypted-media",
    "fullscreen",
    "gamepad",
    "geolocation",
    "gyroscope",
    "hid",
    "idle-detection",
    "local-fonts",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "picture-in-picture",
    "publickey-credentials-create",
    "publickey-credentials-get",
    "screen-wake-lock",
    "serial",
    "storage-access",
    "usb",
    "window-management",
    "xr-spatial-tracking",
)
PERMISSIONS_POLICY = ", ".join(f"{feature}=()" for feature in _UNUSED_FEATURES)

# People sign in to the admin with passkeys.
ADMIN_PERMISSIONS_POLICY = PERMISSIONS_POLICY.replace(
    "publickey-credentials-create=(), publickey-credentials-get=()",
    "publickey-credentials-create=(self), publickey-credentials-get=(self)",
)


class SecurityHeadersMiddleware:
    """Fills in the policies that a response lacks; works under WSGI and ASGI.

    It belongs right inside `XFrameOptionsMiddleware`, which it tells to stay away from a response whose view
    said itself who may frame it.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self.is_async:
            return self._answer_async(request)
        return _fill_in(request, self.get_response(request))

    async def _answer_async(self, request: HttpRequest) -> HttpResponseBase:
        return _fill_in(request, await self.get_response(request))


def _fill_in(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    in_admin = request.resolver_match is not None and request.resolver_match.route.startswith("admin/")
    if response.has_header(CSP):
        response.xframe_options_exempt = True  # type: ignore[attr-defined]
    else:
        response.headers[CSP] = ADMIN_CONTENT_SECURITY_POLICY if in_admin else CONTENT_SECURITY_POLICY
    if in_admin:
        response.headers["Cache-Control"] = "no-store, private"
    permissions = ADMIN_PERMISSIONS_POLICY if in_admin else PERMISSIONS_POLICY
    response.headers.setdefault("Permissions-Policy", permissions)
    response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    return response
