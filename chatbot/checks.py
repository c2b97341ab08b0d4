"""System checks for settings that are unsafe, or that cannot work together.

A check that would only disturb work on one's own machine runs with `manage.py check --deploy` alone. Every
hint names the environment variable to change.
"""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.checks import CheckMessage, Error, Info, Tags, Warning, register
from django.core.exceptions import ValidationError
from django.http.request import validate_host

from accounts.origins import is_loopback

Apps = Sequence[AppConfig] | None


def register_checks() -> None:
    """Add the checks of this module to Django's; called once, when the apps are ready."""
    register(check_exposure, Tags.security)
    register(check_model_server, Tags.security)
    register(check_shared_installation, Tags.security)
    register(check_deployment, Tags.security, deploy=True)


def check_exposure(app_configs: Apps, **kwargs: Any) -> Iterator[CheckMessage]:
    """What may not be so once the installation can be reached from another machine."""
    public_host = urlsplit(settings.PUBLIC_URL).hostname or ""
    listens_beyond = not is_loopback(settings.HOST)
    exposed = listens_beyond or not is_loopback(public_host)
    if settings.DEBUG and exposed:
        yield Error(
            "DEBUG is on, so that an error shows settings and source to whoever caused it.",
            hint="Unset DEBUG, or keep HOST and PUBLIC_URL on 127.0.0.1.",
            id="parley.E001",
        )
    if any(host == "*" or host.count(".") == 1 and host.startswith(".") for host in settings.ALLOWED_HOSTS):
        yield Error(
            "ALLOWED_HOSTS accepts any host name, so that links can be forged to carry a stranger's.",
            hint="Name the host in ALLOWED_HOSTS, like chat.example.com.",
            id="parley.E002",
        )
    elif not validate_host(public_host, settings.ALLOWED_HOSTS):
        yield Warning(
            f"ALLOWED_HOSTS lacks the host of PUBLIC_URL, {public_host}: every request there gets a 400.",
            hint="Add that host to ALLOWED_HOSTS.",
            id="parley.W003",
        )
    if exposed and not settings.HTTPS:
        yield Warning(
            "Chats and passwords cross the network unencrypted, and cookies are not marked Secure.",
            hint="Put a proxy with TLS in front and set PUBLIC_URL to its https:// address.",
            id="parley.W004",
        )
    if settings.HTTPS and not settings.TRUST_PROXY_HEADERS:
        yield Warning(
            "PUBLIC_URL is https, but the TLS proxy in front is not believed: pages redirect for ever.",
            hint="Set TRUST_PROXY_HEADERS=yes and let the proxy set X-Forwarded-Proto.",
            id="parley.W005",
        )
    if settings.TRUST_PROXY_HEADERS and not settings.HTTPS:
        yield Warning(
            "X-Forwarded-* headers are believed, but no TLS proxy stands in PUBLIC_URL: anybody forges them.",
            hint="Unset TRUST_PROXY_HEADERS, or set PUBLIC_URL to the proxy's https:// address.",
            id="parley.W006",
        )
    elif settings.TRUST_PROXY_HEADERS and listens_beyond and _only_local_proxies():
        yield Info(
            "The port is open to other machines, but only proxies on this one are believed.",
            hint="Name the proxy's address or network in TRUSTED_PROXIES, or set HOST to 127.0.0.1.",
            id="parley.I007",
        )


def _only_local_proxies() -> bool:
    return all(network.is_loopback for network in settings.TRUSTED_PROXIES)


def check_model_server(app_configs: Apps, **kwargs: Any) -> Iterator[CheckMessage]:
    """The model server answers everybody who reaches it unless it has a key."""
    if not is_loopback(settings.INFERENCE_HOST) and not settings.INFERENCE_API_KEY:
        yield Error(
            "The model server listens beyond this machine and answers everybody.",
            hint="Set INFERENCE_API_KEY, or set INFERENCE_HOST to 127.0.0.1.",
            id="parley.E008",
        )


def check_shared_installation(app_configs: Apps, **kwargs: Any) -> Iterator[CheckMessage]:
    """Several web processes need a database and a channel layer that they can share."""
    on_sqlite = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")
    several = settings.WEB_PROCESSES > 1
    if several and on_sqlite:
        yield Error(
            f"{settings.WEB_PROCESSES} web processes would wait for each other's writes to one SQLite file.",
            hint="Set DATABASE_URL to a PostgreSQL database, or WEB_PROCESSES to 1.",
            id="parley.E009",
        )
    elif on_sqlite and settings.REDIS_URL:
        yield Warning(
            "REDIS_URL prepares for several processes, but the database is a SQLite file for one machine.",
            hint="Set DATABASE_URL to a PostgreSQL database, or unset REDIS_URL.",
            id="parley.W010",
        )
    if several and not settings.REDIS_URL:
        yield Error(
            "A message that arrives at one web process would not reach sockets at another.",
            hint="Set REDIS_URL, or WEB_PROCESSES to 1.",
            id="parley.E011",
        )
    if several and settings.SECRET_KEY_GENERATED:
        yield Error(
            "Each machine would generate its own secret key and refuse the sessions of the others.",
            hint="Set SECRET_KEY or SECRET_KEY_FILE to the same long random text everywhere.",
            id="parley.E012",
        )


def check_deployment(app_configs: Apps, **kwargs: Any) -> Iterator[CheckMessage]:
    """What an installation for real visitors should have besides."""
    if settings.SECRET_KEY_GENERATED:
        yield Warning(
            "The secret key is a generated one that lies beside the data, and in every backup of it.",
            hint="Set SECRET_KEY or SECRET_KEY_FILE to a long random text kept elsewhere.",
            id="parley.W013",
        )
    if not settings.HTTPS:
        yield Warning(
            "PUBLIC_URL is http, so that cookies, redirects and HSTS are those of a machine of one's own.",
            hint="Set PUBLIC_URL to the https:// address that visitors use.",
            id="parley.W014",
        )
    if not settings.METRICS_TOKEN:
        yield Warning(
            "No token guards /metrics: a proxy on this machine that hides itself would open it to everybody.",
            hint="Set METRICS_TOKEN to a long random text and give it to Prometheus.",
            id="parley.W015",
        )
    if settings.OWNER_PASSWORD:
        try:
            validate_password(settings.OWNER_PASSWORD)
        except ValidationError as error:
            yield Warning(
                f"The owner's password is weak: {' '.join(error.messages)}",
                hint="Choose a longer OWNER_PASSWORD, or unset it to have one generated.",
                id="parley.W016",
            )
