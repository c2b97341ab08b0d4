"""What a line of the log is about: the request or task, and the conversation, beside the message."""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType

_NONE: Mapping[str, str] = MappingProxyType({})
_fields: ContextVar[Mapping[str, str]] = ContextVar("log_fields")

# What every record has; whatever else stands on one was given as `extra`.
_USUAL = frozenset(vars(logging.makeLogRecord({}))) | {
    "message",
    "asctime",
    "taskName",
    "fields",
    "color_message",
}


@contextmanager
def log_fields(**fields: str) -> Iterator[None]:
    """Put `fields` on every line that is logged within, in this thread or task and in those begun in it."""
    token = _fields.set({**_fields.get(_NONE), **fields})
    try:
        yield
    finally:
        _fields.reset(token)


class AddFields(logging.Filter):
    """Puts the fields that hold at this moment on each record; it lets every record through."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Add `record.fields`."""
        record.fields = _fields.get(_NONE)
        return True


class LineFormatter(logging.Formatter):
    """One line for people, with the fields at its end."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        """Return the line without what follows of an exception."""
        fields = {**getattr(record, "fields", {}), **_extras(record)}
        words = "".join(f" {name}={value}" for name, value in fields.items())
        return super().formatMessage(record) + words


class JsonFormatter(logging.Formatter):
    """One JSON object a line, for programs that collect logs."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON: time (RFC 3339, in UTC), level, logger, process, message, the fields."""
        document = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "process": self._process,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
            **_extras(record),
        }
        if record.exc_info:
            document["exception"] = self.formatException(record.exc_info)
        return json.dumps(document, ensure_ascii=False, default=str)


def _extras(record: logging.LogRecord) -> dict[str, object]:
    """Return what the caller gave as `extra`, without objects that have no place in a line."""
    return {
        name: value
        for name, value in vars(record).items()
        if name not in _USUAL and isinstance(value, str | int | float | bool | None)
    }


def process_name(arguments: Sequence[str]) -> str:
    """Return what a process is for people who read its log, by the arguments that it was started with."""
    if any("celery" in argument for argument in arguments[:1]):
        return "worker"
    command = arguments[1] if len(arguments) > 1 else ""
    return {"serve": "web", "runinference": "model server", "start": "parley"}.get(command, command)
