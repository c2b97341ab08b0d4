"""Runs the tests that touch the database once more, on PostgreSQL and Redis instead of SQLite and memory.

`TEST_DATABASE_URL` and `TEST_REDIS_URL` say where they are. Where one is missing the run says which and why,
and goes on without it.
"""

import os
import sys
from collections.abc import Sequence

import psycopg
import redis

DATABASE_URL = os.environ.get("TEST_DATABASE_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
REDIS_URL = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/9")


def why_no_postgresql() -> str:
    """Return why PostgreSQL cannot be used, nothing when it can."""
    try:
        psycopg.connect(DATABASE_URL, connect_timeout=3).close()
    except psycopg.Error as error:
        return str(error).strip().splitlines()[-1]
    return ""


def why_no_redis() -> str:
    """Return why Redis cannot be used, nothing when it can."""
    try:
        with redis.Redis.from_url(REDIS_URL, socket_connect_timeout=3) as client:
            client.ping()
    except (redis.RedisError, OSError) as error:
        return str(error)
    return ""


def part(arguments: Sequence[str]) -> tuple[str, list[str], dict[str, str]] | None:
    """Return name, command and environment of this pass, None where neither server is there."""
    environment = dict(os.environ)
    used = []
    for name, variable, url, why_not in [
        ("PostgreSQL", "DATABASE_URL", DATABASE_URL, why_no_postgresql()),
        ("Redis", "REDIS_URL", REDIS_URL, why_no_redis()),
    ]:
        if why_not:
            print(f"The tests do not run on {name}: {why_not}", flush=True)
        else:
            environment[variable] = url
            used.append(name)
    command = [sys.executable, "-m", "pytest", "-m", "django_db and not browser", *arguments]
    return (" and ".join(used), command, environment) if used else None


def main() -> None:
    """Replace this process by pytest, with the servers that are there in its environment."""
    if found := part(sys.argv[1:]):
        name, command, environment = found
        print(f"On {name}: the tests that touch the database", flush=True)
        os.execve(sys.executable, command, environment)


if __name__ == "__main__":
    main()
