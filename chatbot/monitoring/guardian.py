"""Ends every child of a supervisor that died without a chance to do so itself.

Run as a script with the reading end of a pipe as standard input. Each line is `+pid` for a process group
that was started or `-pid` for one that is gone. The end of the input means that the supervisor is gone, be
it by SIGKILL, and the groups still open are told to stop and, after `GRACE_SECONDS`, killed.
A plain script of the standard library, so that it costs little memory and can hardly fail.
"""

import os
import signal
import sys
import time
from collections.abc import Iterable
from contextlib import suppress

GRACE_SECONDS = 5.0


def follow(lines: Iterable[str]) -> set[int]:
    """Read `lines` to their end and return the process groups that were started and not ended."""
    groups: set[int] = set()
    for line in lines:
        group = int(line[1:])
        if line.startswith("+"):
            groups.add(group)
        else:
            groups.discard(group)
    return groups


def alive(group: int) -> bool:
    """Tell whether a process group still has a member."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def end(groups: set[int], grace_seconds: float) -> None:
    """Stop `groups`: SIGTERM first, SIGKILL for those that remain after `grace_seconds`."""
    for group in groups:
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGTERM)
    deadline = time.monotonic() + grace_seconds
    while time.monotonic() < deadline and any(alive(group) for group in groups):
        time.sleep(0.05)
    for group in groups:
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    end(follow(sys.stdin), GRACE_SECONDS)
