"""Says in words how a process ended."""

import signal
from pathlib import Path


def describe_exit(returncode: int, out_of_memory: bool = False) -> str:
    """Return why a process ended, for a line that a person reads.

    `returncode` is the one of asyncio and subprocess, negative for a signal. A shell's 128 + n is read as
    signal n too, because a container runtime reports it so.
    """
    number = -returncode if returncode < 0 else returncode - 128
    try:
        name = signal.Signals(number).name
    except ValueError:
        return f"exit code {returncode}"
    if number != signal.SIGKILL:
        return f"ended by {name}"
    return "killed by SIGKILL: " + (
        "the machine was out of memory" if out_of_memory else "by hand or by a memory limit"
    )


def kills_for_memory() -> int:
    """Return how many processes the Linux kernel has killed for want of memory since it started."""
    try:
        counters = Path("/proc/vmstat").read_text(encoding="ascii")
    except OSError:
        return 0
    for line in counters.splitlines():
        name, _, value = line.partition(" ")
        if name == "oom_kill":
            return int(value)
    return 0
