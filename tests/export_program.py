"""Stands in for the program that exports: writes a small file, and goes wrong as it is told to.

Run as a script: a mode, then what the program is told.
"""

import hashlib
import json
import sys
import time
from pathlib import Path

CONTENT = bytes(range(256)) * 64


def say(**line: object) -> None:
    print(json.dumps(line), flush=True)


def main(mode: str, told: list[str]) -> int:
    words = dict(zip(told[::2], told[1::2], strict=True))
    out = Path(words["--out"])
    out.with_name("half").write_bytes(CONTENT[:100])
    say(step=1, of=2)
    if mode == "slow":
        time.sleep(600)
    elif mode == "refused":
        say(error="A GGUF file can hold other architectures.", code="failed")
        return 2
    elif mode == "full":
        say(error="It could not be written: No space left on device. Nothing was kept of it.", code="no_room")
        return 2
    out.with_name("half").unlink()
    out.write_bytes(CONTENT)
    say(step=2, of=2)
    file = {"name": out.name, "bytes": len(CONTENT), "sha256": hashlib.sha256(CONTENT).hexdigest()}
    say(result={"files": [file], "bytes": len(CONTENT), "parameters": 40, "peak_memory": 1000})
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
