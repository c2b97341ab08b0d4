"""A training program as a child process: read line by line, and ended with all that it started.

The program writes one JSON object a line to its standard output, such as {"step", "of", "loss",
"seconds_left"}, and at the end {"result": {...}}, or {"error": sentence, "code": code}. It stops on SIGTERM.
When who started it is gone it is killed, and where the kernel cannot do that it stops with its next line,
which nobody reads any more. This module knows neither what is trained nor torch.
"""

import contextlib
import errno
import json
import os
import re
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from inference import training_launcher
from inference.training.refusal import says_out_of_memory

Line = dict[str, Any]

# A result holds tables of figures; nothing else is longer than a screen.
LONGEST_LINE = 4 * 1024 * 1024
_TICK_SECONDS = 1.0
_STOP_SECONDS = 10.0
_LAST_WORDS = 4000
_SENTENCE = 300
_CODE = re.compile(r"[a-z_]{1,40}")
# What a started Python needs from the environment; it gets no secret of ours.
_ENVIRONMENT = ("PATH", "PYTHONPATH", "HOME", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES")


class TrainingFailed(Exception):
    """The program gave no result. `code` says why; `detail` is its own last sentence, if it said one.

    Codes: "failed", "no_result", "garbled", "no_room", "no_memory", "killed", "not_started", and those that
    programs give their refusals, such as "bad_data".
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


class TrainingStopped(Exception):
    """Somebody wanted it to end, and it has ended."""


def run(
    command: Sequence[str],
    *,
    folder: Path,
    home: Path,
    threads: int,
    on_line: Callable[[Line], None],
    should_stop: Callable[[], bool],
    priority: str = "low",
    holds: Sequence[int] = (),
    environment: Mapping[str, str] | None = None,
) -> Line:
    """Run `command` in `home` to its end and return the object that it calls its result.

    `on_line` gets every other object, and {"text": ...} for a line that is none. `should_stop` is asked about
    once a second, whether or not there are lines. Temporary files lie in `folder`; it computes with `threads`
    threads at a `priority` of "low" or "idle", see `training_launcher`, and keeps the file descriptors
    `holds` open. A program that needs our settings gets `environment`; all others get none of our secrets.
    Raises TrainingFailed and TrainingStopped, and what the two functions raise; no process is
    left then.
    """
    with tempfile.TemporaryFile(dir=folder) as errors:
        launched = [sys.executable, "-I", "-S", training_launcher.__file__, str(os.getpid()), priority]
        process = _start([*launched, *command], folder, home, threads, errors, holds, environment)
        result: Line | None = None
        try:
            for line in _lines(process, should_stop):
                if "result" in line and isinstance(line["result"], dict):
                    result = line["result"]
                elif isinstance(line.get("error"), str):
                    raise _told(line["error"], line.get("code"))
                else:
                    on_line(line)
            status = process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            raise TrainingFailed("garbled") from None
        finally:
            _end(process)
        if status != 0:
            raise _failure(status, errors)
    if result is None:
        raise TrainingFailed("no_result")
    return result


def threads_beside_chat(wanted: int) -> int:
    """Return how many threads to compute with: as many as `wanted`, or for 0 half of the cores."""
    return wanted or max(1, len(os.sched_getaffinity(0)) // 2)


def _start(
    command: Sequence[str],
    folder: Path,
    home: Path,
    threads: int,
    errors: IO[bytes],
    holds: Sequence[int],
    environment: Mapping[str, str] | None,
) -> "subprocess.Popen[bytes]":
    if environment is None:
        environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    limits = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(threads))
    # A thread that waits for another one sleeps, instead of spinning on a core that an answer could use.
    limits |= {"OMP_WAIT_POLICY": "PASSIVE", "KMP_BLOCKTIME": "0"}
    try:
        return subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=home,
            env={**environment, **limits, "TMPDIR": str(folder), "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"},
            # A session, and so a process group, of its own: what it starts ends with it.
            start_new_session=True,
            close_fds=True,
            pass_fds=tuple(holds),
        )
    except OSError as error:
        raise TrainingFailed("not_started", error.strerror or "") from error


def _lines(process: "subprocess.Popen[bytes]", should_stop: Callable[[], bool]) -> Iterator[Line]:
    """Yield what the program writes until it closes its output or ends."""
    assert process.stdout is not None
    kept = b""
    asked = time.monotonic()
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            is_ready = bool(selector.select(_TICK_SECONDS))
            if not is_ready and process.poll() is not None:
                # It has ended, and something that it started still holds its output open.
                return
            piece = os.read(process.stdout.fileno(), 1 << 16) if is_ready else b""
            *whole, kept = (kept + piece).split(b"\n")
            yield from (_parsed(line) for line in whole if line.strip())
            if len(kept) > LONGEST_LINE:
                raise TrainingFailed("garbled")
            if is_ready and not piece:
                if kept.strip():
                    yield _parsed(kept)
                return
            if time.monotonic() - asked >= _TICK_SECONDS:
                asked = time.monotonic()
                if should_stop():
                    raise TrainingStopped


def _parsed(line: bytes) -> Line:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, dict):
        return found
    return {"text": line[:_SENTENCE].decode(errors="replace").strip()}


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the program and what it started: SIGTERM first, so that it removes what is half done."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_SECONDS)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _failure(status: int, errors: IO[bytes]) -> TrainingFailed:
    """Turn an exit status, negative for a signal, and the last words into one reason."""
    errors.seek(max(0, errors.seek(0, os.SEEK_END) - _LAST_WORDS))
    words = errors.read(_LAST_WORDS).decode(errors="replace").strip()
    if status == -signal.SIGKILL:
        return TrainingFailed("killed")
    last = words.rpartition("\n")[2]
    if says_out_of_memory(last):
        return TrainingFailed("no_memory")
    return _told(last)


def _told(sentence: str, code: Any = None) -> TrainingFailed:
    if os.strerror(errno.ENOSPC) in sentence or code == "no_room":
        return TrainingFailed("no_room")
    printable = "".join(character for character in sentence if character.isprintable())
    is_code = isinstance(code, str) and _CODE.fullmatch(code)
    return TrainingFailed(str(code) if is_code else "failed", printable.strip()[:_SENTENCE])
