"""The class of all tasks of the worker."""

import time
from typing import Any

from celery import Task

from chatbot.log_fields import log_fields


class WorkerTask(Task):
    """A task that is counted, and whose lines in the log name it."""

    Request = "chatbot.monitoring.worker_metrics:MeteredRequest"

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """Carry the task out."""
        begun = time.monotonic()
        with log_fields(task=self.name, request_id=self.request.id or ""):
            result = self.run(*arguments, **options)
        if not self.request.called_directly:
            self._count(time.monotonic() - begun)
        return result

    def _count(self, seconds: float) -> None:
        # Other processes import this module only to name tasks.
        from chatbot.monitoring.worker_metrics import SECONDS, TASKS

        TASKS.labels(self.name, "done").inc()
        SECONDS.labels(self.name).observe(seconds)
