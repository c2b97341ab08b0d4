"""One supervisor for each DATA_DIR."""

import fcntl
import os
from pathlib import Path

from chatbot.monitoring.obstacles import Obstacle


def hold_instance_lock(data_dir: Path) -> int:
    """Claim `data_dir` for this process and return the open file descriptor that holds the claim.

    The system releases it when the process ends, however it ends. Raises Obstacle, with the process id of
    the holder, where another process has it.
    """
    path = data_dir / "run" / "start.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(descriptor, 32).decode("ascii", "replace").strip()
        os.close(descriptor)
        raise Obstacle(
            f"Parley already runs in DATA_DIR ({data_dir}), process {holder}: "
            "stop that one first, or set DATA_DIR to another folder."
        ) from None
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"{os.getpid()}\n".encode("ascii"))
    return descriptor
