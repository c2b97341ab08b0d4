"""Turns the OIDC_* variables into allauth's settings for the one OpenID Connect provider."""

from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from accounts.origins import is_loopback


def single_sign_on(issuer: str, client_id: str, client_secret: str, name: str) -> tuple[str, dict[str, Any]]:
    """Return the provider's name, empty when there is none, and SOCIALACCOUNT_PROVIDERS.

    Raises ImproperlyConfigured, naming the variable, when one is missing or the issuer is no https address.
    """
    given = {"OIDC_ISSUER_URL": issuer, "OIDC_CLIENT_ID": client_id, "OIDC_CLIENT_SECRET": client_secret}
    missing = [variable for variable, value in given.items() if not value]
    if len(missing) == len(given):
        return "", {}
    if missing:
        present = [variable for variable in given if variable not in missing]
        raise ImproperlyConfigured(f"{' and '.join(missing)} must be set beside {' and '.join(present)}.")
    parts = urlsplit(issuer)
    host = parts.hostname or ""
    if not host or parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise ImproperlyConfigured("OIDC_ISSUER_URL must look like https://login.example.com/realms/company.")
    app = {
        "provider_id": "sso",
        "name": name,
        "client_id": client_id,
        "secret": client_secret,
        "settings": {"server_url": issuer.rstrip("/")},
    }
    return name, {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
