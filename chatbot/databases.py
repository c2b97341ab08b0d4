"""Turns DATABASE_URL into Django's DATABASES entry: SQLite for one machine, PostgreSQL for more."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

# Per connection; the journal mode WAL is stored in the file and set once by `prepare`.
_SQLITE_PRAGMAS = "PRAGMA busy_timeout=20000; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"


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
            "OPTIONS": {
                **dict(parse_qsl(parts.query)),
                "pool": {"min_size": 1, "max_size": pool_size, "timeout": 10, "max_lifetime": 1800},
            },
        }
    raise ImproperlyConfigured(
        f"DATABASE_URL must begin with sqlite:// or postgresql://, not “{parts.scheme}://”."
    )


def _sqlite(path: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": _SQLITE_PRAGMAS},
        # In a file as the real one, since each connection has its own thread.
        "TEST": {"NAME": path.with_name("test.sqlite3")},
    }
