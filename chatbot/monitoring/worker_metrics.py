"""Prometheus figures of the worker: what its processes count, and what its main process knows."""

from typing import Any

from celery import Celery
from celery.worker import state
from celery.worker.request import Request
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from chatbot.monitoring.worker_trainings import Trainings

TASKS = Counter("parley_tasks_total", "Tasks that came to an end.", ["task", "outcome"])
SECONDS = Histogram(
    "parley_task_seconds",
    "From the start of a task to its end.",
    ["task"],
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 1800),
)


class MeteredRequest(Request):
    """One delivery of a task; the main process hears here of errors and of processes that died."""

    def on_failure(self, exc_info: Any, send_failed_event: bool = True, return_ok: bool = False) -> Any:
        """Count the failure."""
        TASKS.labels(self.name, "failed").inc()
        return super().on_failure(exc_info, send_failed_event=send_failed_event, return_ok=return_ok)


class Load(Collector):
    """How many tasks are at work, and how many wait, asked of the broker when somebody wants to know."""

    def __init__(self, app: Celery) -> None:
        self._app = app

    def collect(self) -> list[GaugeMetricFamily]:
        """Return both; the length of the queue only where the broker tells it."""
        running = GaugeMetricFamily("parley_tasks_running", "Tasks at work now.")
        running.add_metric([], len(state.active_requests))
        waiting = GaugeMetricFamily("parley_tasks_waiting", "Tasks that no worker has taken yet.")
        try:
            with self._app.connection_for_read(connect_timeout=2) as connection:
                queue = connection.default_channel.queue_declare(
                    self._app.conf.task_default_queue, passive=True
                )
        except Exception:
            return [running]
        waiting.add_metric([], queue.message_count)
        return [running, waiting]


def registry_of(app: Celery) -> CollectorRegistry:
    """Return everything that the worker of `app` tells; for its main process."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    registry.register(Load(app))
    registry.register(Trainings())
    return registry
