"""Stands in for a program of the workshop: keeps checkpoints, and goes wrong as it is told to.

Run as a script: a mode, then what a training program is told. A run that goes on from a checkpoint ends as
one that was never interrupted.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.inference.installation.tiny_model import write_tiny_model

STEPS = 12


def say(**line: Any) -> None:
    print(json.dumps(line), flush=True)


def loss_after(steps: int, seed: int) -> float:
    """The loss that a run with this seed has after so many steps."""
    return round(4.0 * 0.8**steps + seed / 1000, 5)


def main(mode: str, told: list[str]) -> int:
    words = dict(zip(told[::2], told[1::2], strict=True))
    out, checkpoints, seed = Path(words["--out"]), Path(words["--checkpoints"]), int(words["--seed"])
    checkpoint = checkpoints / "step.json"
    begun = json.loads(checkpoint.read_text())["step"] if checkpoint.exists() else 0
    if begun:
        say(text=f"goes on from step {begun}")
    if mode == "refused":
        say(error="There is one example only.", code="bad_data")
        return 2
    if mode == "other" and begun:
        say(error="The checkpoint is of another architecture.", code="bad_checkpoint")
        return 2
    for step in range(begun + 1, STEPS + 1):
        checkpoints.mkdir(exist_ok=True)
        (checkpoints / "new").write_text(json.dumps({"step": step}))
        os.replace(checkpoints / "new", checkpoint)
        # Whoever ends the program at a step that it told of finds the checkpoint of that step.
        say(step=step, of=STEPS, loss=loss_after(step, seed), seconds_left=STEPS - step)
        if mode == "slow":
            time.sleep(0.3)
        elif mode == "killed" and step == begun + 3:
            os.kill(os.getpid(), signal.SIGKILL)
        elif mode in ("full", "other") and step == begun + 3:
            # A device on which every write finds the disk full.
            Path("/dev/full").write_text("weights")
    write_tiny_model(out, seed=seed)
    say(
        result={
            "perplexity_before": 20.0,
            "perplexity_after": 20.0 * loss_after(STEPS, seed),
            "bytes": 100,
            "parameters": 40,
            "seconds": 60.0,
            "peak_memory": 900_000_000,
        }
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
