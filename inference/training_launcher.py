"""Turns itself into a training program that stays out of the way and does not outlive who started it.

Run as a script: the process id of the starter, "idle" or "low", then the command. A plain script of the
standard library, since what it does has to be done between fork and exec, where a process with threads can
not safely run Python.
"""

import ctypes
import json
import os
import signal
import sys
from contextlib import suppress

NICENESS = 10
# Of the session's whole group, where nothing else than its weight says that it can wait.
_GROUP_NICENESS = {"idle": 19, "low": NICENESS}
_PR_SET_PDEATHSIG = 1


def end_with(parent: int) -> None:
    """Let the kernel kill this process when the thread that started it ends, where the kernel can (Linux)."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        # It has ended already.
        os.kill(os.getpid(), signal.SIGKILL)


def step_back(priority: str) -> None:
    """Compute at low priority, or for "idle" only while nothing else wants to compute.

    A process of SCHED_IDLE gives up its core the moment another one wakes up, so that an answer waits for no
    time slice of a training (sched(7)). Where Linux shares time out between sessions (autogroup, the same
    page), that holds within a session only, so the session of this process, which it leads, steps back too.
    """
    if os.getsid(0) == os.getpid():
        with suppress(OSError), open("/proc/self/autogroup", "w", encoding="ascii") as group:
            group.write(str(_GROUP_NICENESS[priority]))
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, NICENESS)
    if priority == "idle":
        with suppress(AttributeError, OSError):
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


if __name__ == "__main__":
    end_with(int(sys.argv[1]))
    step_back(sys.argv[2])
    try:
        os.execv(sys.argv[3], sys.argv[3:])
    except OSError as error:
        print(json.dumps({"error": error.strerror, "code": "not_started"}))
        sys.exit(2)
