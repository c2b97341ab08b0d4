"""What a process that reads strangers' files may use."""

import contextlib
import ctypes
import resource
import signal
import sys

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_OPEN_FILES = 64


def confine(memory_bytes: int, seconds: float, output_bytes: int) -> None:
    """Limit this process's memory, time, output and open files, and take the network from it.

    What a system does not know is left as it is: macOS counts no address space, and where user namespaces
    are switched off the network stays. The parent kills the process at its deadline in any case.
    """
    whole = int(seconds) + 1
    for kind, soft, hard in (
        (resource.RLIMIT_AS, memory_bytes, memory_bytes),
        (resource.RLIMIT_CPU, whole, whole + 1),
        (resource.RLIMIT_FSIZE, output_bytes, output_bytes),
        (resource.RLIMIT_NOFILE, _OPEN_FILES, _OPEN_FILES),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (soft, hard))
    # Ends the process also where the parent has died and nobody waits for it.
    signal.alarm(whole + 5)
    if sys.platform == "linux":
        ctypes.CDLL(None).unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
