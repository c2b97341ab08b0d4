"""What a training program says on the way, noted in its job."""

import time
from typing import Any

from inference.single_jobs import TrainingJob
from inference.training_process import Line, TrainingStopped

_STORED_EVERY_SECONDS = 1.0


class Progress:
    """Takes the program's lines, and stores what they say about once a second."""

    def __init__(self, job: TrainingJob) -> None:
        self.job = job
        self.stored_at = 0.0
        self.latest: dict[str, Any] = {}

    def take(self, line: Line) -> None:
        """Note how far the program is, or keep what else it says for the log.

        Raises TrainingStopped when somebody wants it to end, and TakenOver.
        """
        step, of, loss = (line.get(name) for name in ("step", "of", "loss"))
        if isinstance(step, int) and isinstance(of, int) and 0 <= step <= of < 2**31:
            self.latest |= {"done": step, "total": of, "message": "training"}
            if isinstance(loss, int | float) and abs(loss) < 1e6:
                self.job.learnt(step, float(loss))
            left = line.get("seconds_left")
            if isinstance(left, int | float) and 0 <= left < 1e9:
                self.latest["seconds_left"] = round(left)
        elif isinstance(line.get("text"), str):
            self.job.say(line["text"])
        else:
            words = [f"{name}: {value}" for name, value in line.items() if not isinstance(value, dict | list)]
            self.job.say(", ".join(words) or ", ".join(line))
        if time.monotonic() - self.stored_at >= _STORED_EVERY_SECONDS and self.store():
            raise TrainingStopped

    def store(self) -> bool:
        """Store what is known; return whether somebody wants the job to end. Raises TakenOver."""
        self.stored_at = time.monotonic()
        return self.job.store(**self.latest, losses=self.job.losses, log=self.job.log)

    def finish(self, message: str) -> None:
        """Store all that was said: a short training may have said it within a second.

        Raises TrainingStopped when somebody wants it to end, and TakenOver.
        """
        self.latest |= {"message": message, "seconds_left": None}
        if self.store():
            raise TrainingStopped
