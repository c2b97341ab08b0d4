"""A process that reads one document, and is killed when it takes too long."""

import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
from typing import IO, Any

from django.conf import settings

from chatbot.knowledge.parsing.limits import Limits
from chatbot.knowledge.parsing.unreadable import unreadable

logger = logging.getLogger(__name__)

_ERRORS_MAX_CHARACTERS = 2000
# A process that is told to end by these has used up its time.
_OUT_OF_TIME = {-signal.SIGXCPU, -signal.SIGALRM}
# What a started Python needs from the environment; it gets no secret of ours.
_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR")


def run(task: str, content: bytes, limits: Limits, **order: Any) -> dict[str, Any]:
    """Return what the task found; raises Unreadable, and nothing else, whatever is in `content`.

    The process is started anew, not forked, so that it holds neither connections nor memory of ours.
    """
    told = {
        "task": task,
        "charset": "",
        "pages": limits.pages,
        "rows": limits.rows,
        "characters": limits.characters,
        "unpacked_bytes": limits.unpacked_bytes,
        "seconds": limits.seconds,
        "memory_bytes": limits.memory_bytes,
        "output_bytes": limits.output_bytes,
        **order,
    }
    with (
        tempfile.TemporaryFile() as source,
        tempfile.TemporaryFile() as answer,
        tempfile.TemporaryFile() as errors,
    ):
        source.write(content)
        source.seek(0)
        status = _run(told, source, answer, errors, limits.seconds)
        answer.seek(0)
        told_back = answer.read(limits.output_bytes)
        if status in _OUT_OF_TIME or status is None:
            raise unreadable("too_slow", f"{limits.seconds:g}")
        if status != 0:
            errors.seek(0)
            logger.info(
                "A reader ended with %s: %s",
                status,
                errors.read(_ERRORS_MAX_CHARACTERS).decode(errors="replace"),
            )
            raise unreadable("broken")
    return _found(told_back)


def _run(
    order: dict[str, Any], source: IO[bytes], answer: IO[bytes], errors: IO[bytes], seconds: float
) -> int | None:
    """Return the process's exit status, negative for a signal, or None when it was killed at the deadline."""
    process = subprocess.Popen(
        [sys.executable, "-s", "-m", "chatbot.knowledge.parsers", json.dumps(order)],
        stdin=source,
        stdout=answer,
        stderr=errors,
        cwd=settings.BASE_DIR,
        env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ} | {"PYTHONUTF8": "1"},
        start_new_session=True,
        close_fds=True,
    )
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return None
    finally:
        # Also when this is interrupted: what the process may have started ends with it.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _found(told_back: bytes) -> dict[str, Any]:
    """Read the answer as what a process over a hostile file may have written."""
    try:
        answer = json.loads(told_back)
        if "found" in answer:
            return dict(answer["found"])
        code, fact = str(answer["code"]), str(answer["fact"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise unreadable("broken") from None
    raise unreadable(code, fact)
