"""What can stand in the way of a start, each found out beforehand and said in one sentence.

Every function returns when all is well and raises `Obstacle` otherwise. The sentence names the environment
variable to change and never holds a password.
"""

import errno
import os
import shutil
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import redis
from django.db import DatabaseError, connection
from kombu import Connection as BrokerConnection

NEEDED_MEGABYTES = 200
_CONNECT_SECONDS = 5


class Obstacle(Exception):
    """The start cannot go on; the text is one sentence for the person who started it."""


def check_data_dir(data_dir: Path) -> None:
    """See that `data_dir` exists or can be made, can be written and has some room left."""
    probe = data_dir / f".writable.{os.getpid()}"
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"parley")
        probe.unlink()
    except OSError as error:
        with suppress(OSError):
            probe.unlink(missing_ok=True)
        raise Obstacle(
            f"DATA_DIR ({data_dir}) cannot be written: {error.strerror}. "
            "Set DATA_DIR to a folder that can be written and has room."
        ) from error
    check_room(data_dir)


def free_megabytes(data_dir: Path) -> int:
    """Return how many MB (10^6 bytes) are free where `data_dir` lies."""
    return shutil.disk_usage(data_dir).free // 1_000_000


def check_room(data_dir: Path) -> None:
    """See that the disk of `data_dir` is not about to be full."""
    free = free_megabytes(data_dir)
    if free < NEEDED_MEGABYTES:
        raise Obstacle(
            f"The disk of DATA_DIR ({data_dir}) has {free} MB left and Parley needs {NEEDED_MEGABYTES} MB: "
            "make room, or set DATA_DIR to a folder on another disk."
        )


def check_port(variable: str, host_variable: str, host: str, port: int) -> None:
    """See that `port` can be listened on; `variable` and `host_variable` are the names of their settings."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Obstacle(
                f"Port {port} on {host} is in use by another program: stop that one, "
                f"or set {variable} to a free port."
            ) from error
        if error.errno == errno.EACCES:
            raise Obstacle(
                f"Port {port} needs rights that this account lacks: set {variable} to a port from 1024 on."
            ) from error
        raise Obstacle(
            f"{host_variable} ({host}) is no address of this machine ({error.strerror}): "
            f"set {host_variable} to 127.0.0.1 or to one that is."
        ) from error


def check_database(database: dict[str, Any]) -> None:
    """See that the database answers. `database` is Django's entry; PostgreSQL is asked without its pool,
    which would hide the reason behind its own timeout."""
    try:
        if connection.vendor == "postgresql":
            options = {name: value for name, value in database["OPTIONS"].items() if name != "pool"}
            psycopg.connect(
                dbname=database["NAME"],
                user=database["USER"] or None,
                password=database["PASSWORD"] or None,
                host=database["HOST"] or None,
                port=database["PORT"] or None,
                **{"connect_timeout": _CONNECT_SECONDS, **options},
            ).close()
        else:
            connection.ensure_connection()
    except (DatabaseError, psycopg.Error) as error:
        reason = str(error).strip().splitlines()[-1]
        raise Obstacle(f"The database of DATABASE_URL does not answer: {reason}") from error


def check_redis(url: str) -> None:
    """See that the Redis at `url` answers; an empty `url` means that none is used."""
    if not url:
        return
    try:
        with redis.Redis.from_url(
            url, socket_connect_timeout=_CONNECT_SECONDS, socket_timeout=_CONNECT_SECONDS
        ) as client:
            client.ping()
    except (redis.RedisError, OSError) as error:
        raise Obstacle(f"The Redis of REDIS_URL does not answer: {error}") from error


def check_broker(url: str, redis_url: str) -> None:
    """See that the task queue's broker answers where it is a server of its own."""
    if url.startswith("filesystem") or url == redis_url:
        return
    try:
        with BrokerConnection(url, connect_timeout=_CONNECT_SECONDS) as broker:
            broker.ensure_connection(max_retries=1, timeout=_CONNECT_SECONDS)
    except Exception as error:
        raise Obstacle(f"The broker of CELERY_BROKER_URL does not answer: {error}") from error


def full_disk(error: OSError | DatabaseError) -> bool:
    """Tell whether `error` means that the disk is full, as the system or as SQLite says it."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return "full" in str(error)
