"""Turns DATABASE_URL into Django's DATABASES entry: SQLite for one machine, PostgreSQL for more."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.utils import InterfaceError, OperationalError

# What a database that is away, locked or on a full disk raises; the same call may work a second later.
AWAY = (OperationalError, InterfaceError)

# Per connection; the journal mode WAL is stored in the file and set once by `prepare`.
_SQLITE_PRAGMAS = "PRAGMA busy_timeout=20000; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"

# Whoever waits for the database is a visitor, who shall rather read a sentence than watch nothing happen. A
# server that vanished without a word is given up after the same few seconds.
_PATIENCE = {
    "application_name": "parley",
    "connect_timeout": 3,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 10_000,
}
# The pool waits twice as long after each attempt to connect. Instead it soon gives up, and the next call, of
# which the reply runners make one a second, begins with short waits again.
_POOL = {"min_size": 1, "timeout": 3, "max_lifetime": 1800, "reconnect_timeout": 1}


def database_from_url(url: str, data_dir: Path, pool_size: int) -> dict[str, Any]:
    """Return a DATABASES entry for `url`; an empty `url` means SQLite in `data_dir`.

    Raises ImproperlyConfigured, naming DATABASE_URL, for a scheme other than sqlite or postgresql.
    The password is never part of the message.
    """
    if not url:
        return _sqlite(data_dir / "parley.sqlite3")
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return _sqlite(Path(unquote(parts.path)))
    if parts.scheme in ("postgres", "postgresql"):
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or "",
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 0,
            # A connection that a restart of the server has ended is noticed before it is used.
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": {
                **_PATIENCE,
                **dict(parse_qsl(parts.query)),
                "pool": {**_POOL, "max_size": pool_size},
            },
        }
    raise ImproperlyConfigured(
        f"DATABASE_URL must begin with sqlite:// or postgresql://, not “{parts.scheme}://”."
    )


def _sqlite(path: Path) -> dict[str, Any]:
    return {
        "ENGINE": "chatbot.sqlite",
        "NAME": path,
        # To open the file and read its schema takes longer than most queries.
        "CONN_MAX_AGE": None,
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": _SQLITE_PRAGMAS},
        # In a file as the real one, since each connection has its own thread.
        "TEST": {"NAME": path.with_name("test.sqlite3")},
    }


def replace_broken_connections() -> None:
    """Let the pool look at its idle connections: a restart of PostgreSQL shall break one call and not ten."""
    pool = getattr(connection, "pool", None)
    if pool is not None:
        pool.check()
