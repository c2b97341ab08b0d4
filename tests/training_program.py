"""Stands in for a training program: speaks the same lines of JSON, and goes wrong as it is told to.

Run as a script: a mode, then what a training program is told. It learns nothing.
"""

import json
import os
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path

STEPS = 4


def say(**line: object) -> None:
    print(json.dumps(line), flush=True)


def session() -> str:
    """The niceness of this session, where Linux shares time out between sessions; otherwise empty."""
    shares = Path("/proc/sys/kernel/sched_autogroup_enabled")
    if not shares.is_file() or shares.read_text().strip() != "1":
        return ""
    return Path("/proc/self/autogroup").read_text().split(" ", 1)[1].strip()


def learn(steps: int = STEPS) -> None:
    for step in range(1, steps + 1):
        say(step=step, of=steps, loss=1.0 / step, seconds_left=steps - step)
    say(epoch=1)


HEAD_FACTS = {
    "format": 1,
    "name": "sentiment",
    "base": "tiny-encoder",
    "base_sha256": "0" * 64,
    "max_tokens": 8,
    "languages": ["en", "zh"],
    "labels": ["negative", "neutral", "positive"],
    "temperature": 1.0,
    "unsure_below": 0.5,
    "rank": 1,
    "frozen_layers": 0,
    "seed": 1,
    "data": [],
}


def write_head(out: Path, weights: bytes = b"") -> Path:
    """Write a folder that holds a head, as far as the registry looks at it; new weights each time."""
    out.mkdir(parents=True)
    (out / "head.json").write_text(json.dumps(HEAD_FACTS))
    values = weights or os.urandom(16)
    tensor = {"dtype": "U8", "shape": [len(values)], "data_offsets": [0, len(values)]}
    header = json.dumps({"weight": tensor}).encode()
    (out / "weights.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + values)
    return out


def result(right_before: int, right_after: int) -> dict[str, object]:
    """Figures of 100 held-back texts of each label, of which so many were right before and after."""
    counts = [[[0] * 3 for _before in range(3)] for _true in range(3)]
    for true in range(3):
        wrong = (true + 1) % 3
        both = min(right_before, right_after)
        counts[true][true][true] = both
        counts[true][true][wrong] = right_before - both
        counts[true][wrong][true] = right_after - both
        counts[true][wrong][wrong] = 100 - max(right_before, right_after)
    before, after = (
        {"ece": 0.04, "macro_f1": right_before / 100},
        {"ece": 0.03, "macro_f1": right_after / 100},
    )
    return {"before": before, "after": after, "paired": {"en": counts}}


def main(mode: str, told: list[str]) -> int:
    out = Path(told[told.index("--out") + 1]) if "--out" in told else Path()
    if mode == "better":
        learn()
        write_head(out)
        say(result=result(70, 90))
    elif mode == "worse":
        write_head(out)
        say(result=result(90, 70))
    elif mode == "slow":
        # What it started is to end with it.
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        say(step=1, of=1000, loss=1.0, seconds_left=999, text=str(child.pid))
        say(child=child.pid)
        time.sleep(600)
    elif mode == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        say(step=1, of=1000, loss=1.0)
        time.sleep(600)
    elif mode == "endless":
        for step in range(1, 100_000):
            say(step=step, of=100_000, loss=1.0)
            time.sleep(0.05)
    elif mode == "crash":
        learn(2)
        raise ValueError("the labels make no sense")
    elif mode == "garbage":
        print("Loading…\n[1, 2]\nnull\n{not json\n" + "[" * 5000, flush=True)
        say(step=-1, of="many", loss="nan")
        sys.stdout.buffer.write(b"\xff\xfe\n")
    elif mode == "flood":
        sys.stdout.write("x" * 6_000_000)
    elif mode == "full":
        raise OSError(28, os.strerror(28))
    elif mode == "refused":
        say(error="There is one label only.")
        return 1
    elif mode == "bad_data":
        say(error="There is one example only.", code="bad_data")
        return 2
    elif mode == "memory":
        raise MemoryError
    elif mode == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    elif mode == "environment":
        say(
            result={
                "names": sorted(os.environ),
                "threads": os.environ["OMP_NUM_THREADS"],
                "nice": os.nice(0),
                "session": session(),
            }
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
