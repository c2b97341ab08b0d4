"""How much memory this machine, or the container that this process lives in, has left."""

from pathlib import Path

_MEMINFO = Path("/proc/meminfo")
_CGROUP = Path("/sys/fs/cgroup")


def available_bytes() -> int | None:
    """Return the bytes that a new process may take without others being put out; None where nobody tells.

    That is MemAvailable (proc(5)), and in a container no more than its limit leaves (cgroups v2).
    """
    found = [free for free in (_of_machine(), _of_container()) if free is not None]
    return min(found) if found else None


def _of_machine() -> int | None:
    try:
        lines = _MEMINFO.read_text().splitlines()
    except OSError:
        return None
    told = next((line for line in lines if line.startswith("MemAvailable:")), "")
    return int(told.split()[1]) * 1024 if told else None


def _of_container() -> int | None:
    try:
        limit = (_CGROUP / "memory.max").read_text().strip()
        used = int((_CGROUP / "memory.current").read_text())
    except (OSError, ValueError):
        return None
    return max(0, int(limit) - used) if limit.isdigit() else None
