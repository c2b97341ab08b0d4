"""The pages for signing in and for one's own account: those of allauth that Parley uses, and its own.

They lie below /admin/ and come before the admin's own pages in chatbot/urls.py. Sign-in, sign-out and the
change of the password have the admin's own addresses, so that the names in its templates lead here too.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account import views as account
from allauth.mfa.base import views as factors
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from allauth.socialaccount.providers.openid_connect import views as openid_connect
from django.contrib import admin
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from accounts.account_pages import end_session, overview, sessions
from accounts.invitation_pages import accept_invitation
from accounts.password_reset import ask_for_reset
from accounts.policy import Policy, policy
from accounts.sign_in import sign_in

View = Callable[..., HttpResponseBase]


def page(route: str, view: View, name: str, declared: Policy) -> URLPattern:
    """Return a URL whose template gets what the admin's templates need, with its policy declared.

    These pages hold codes and names of people, and two are opened by secret links: no other site learns of
    them by the referrer.
    """

    @policy(declared)
    @wraps(view)
    def in_admin(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponseBase:
        response = view(request, *arguments, **named)
        if isinstance(response, TemplateResponse) and not response.is_rendered:
            response.context_data = {**admin.site.each_context(request), **(response.context_data or {})}
        # With no-referrer browsers would send `Origin: null` along with a form, which Django then refuses.
        response.headers["Referrer-Policy"] = "same-origin"
        return response

    return path(route, in_admin, name=name)


urlpatterns = [
    page("login/", sign_in, "account_login", Policy.PUBLIC),
    page("logout/", account.logout, "account_logout", Policy.PUBLIC),
    page("login/code/", factors.authenticate, "mfa_authenticate", Policy.PUBLIC),
    page("login/passkey/", passkeys.login_webauthn, "mfa_login_webauthn", Policy.PUBLIC),
    page("login/<slug:provider_id>/", openid_connect.login, "openid_connect_login", Policy.PUBLIC),
    page(
        "login/<slug:provider_id>/callback/",
        openid_connect.callback,
        "openid_connect_callback",
        Policy.PUBLIC,
    ),
    page("invitation/", accept_invitation, "accept_invitation", Policy.PUBLIC),
    page("password_reset/", ask_for_reset, "account_reset_password", Policy.PUBLIC),
    page("password_reset/sent/", account.password_reset_done, "account_reset_password_done", Policy.PUBLIC),
    page(
        "password_reset/<slug:uidb36>/<key>/",
        account.password_reset_from_key,
        "account_reset_password_from_key",
        Policy.PUBLIC,
    ),
    page(
        "password_reset/done/",
        account.password_reset_from_key_done,
        "account_reset_password_from_key_done",
        Policy.PUBLIC,
    ),
    page("password_change/", account.password_change, "account_change_password", Policy.PERSON),
    page("account/", overview, "mfa_index", Policy.PERSON),
    page("account/password/", account.password_set, "account_set_password", Policy.PERSON),
    page("account/confirm/", account.reauthenticate, "account_reauthenticate", Policy.PERSON),
    page("account/confirm/code/", factors.reauthenticate, "mfa_reauthenticate", Policy.PERSON),
    page(
        "account/confirm/passkey/",
        passkeys.reauthenticate_webauthn,
        "mfa_reauthenticate_webauthn",
        Policy.PERSON,
    ),
    page("account/app/add/", totp.activate_totp, "mfa_activate_totp", Policy.PERSON),
    page("account/app/remove/", totp.deactivate_totp, "mfa_deactivate_totp", Policy.PERSON),
    page("account/passkeys/", passkeys.list_webauthn, "mfa_list_webauthn", Policy.PERSON),
    page("account/passkeys/add/", passkeys.add_webauthn, "mfa_add_webauthn", Policy.PERSON),
    page("account/passkeys/<int:pk>/remove/", passkeys.remove_webauthn, "mfa_remove_webauthn", Policy.PERSON),
    page("account/codes/", recovery_codes.view_recovery_codes, "mfa_view_recovery_codes", Policy.PERSON),
    page(
        "account/codes/new/",
        recovery_codes.generate_recovery_codes,
        "mfa_generate_recovery_codes",
        Policy.PERSON,
    ),
    page(
        "account/codes/file/",
        recovery_codes.download_recovery_codes,
        "mfa_download_recovery_codes",
        Policy.PERSON,
    ),
    page("account/sessions/", sessions, "usersessions_list", Policy.PERSON),
    page("account/sessions/<int:pk>/end/", end_session, "end_session", Policy.PERSON),
]
