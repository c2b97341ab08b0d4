"""Prometheus figures of trainings: how many wait and are at work, and how those before them ended."""

from collections.abc import Iterator

from django.apps import apps
from django.db import DatabaseError, connections
from django.db.models import Count
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from inference.jobs import Job
from inference.single_jobs import TrainingJob

_UNFINISHED = (Job.State.WAITING.value, Job.State.RUNNING.value)


class Trainings(Collector):
    """Asks the database when somebody wants to know; while it is away there are no figures."""

    def collect(self) -> list[GaugeMetricFamily | CounterMetricFamily]:
        """Return jobs that train, by kind and state, and those that have ended, by outcome."""
        now = GaugeMetricFamily(
            "parley_trainings", "Trainings that wait or are at work.", labels=["job", "state"]
        )
        ended = CounterMetricFamily(
            "parley_trainings_ended", "Trainings that came to an end.", labels=["job", "outcome"]
        )
        try:
            for job, state, count in _counted():
                (now if state in _UNFINISHED else ended).add_metric([job, state], count)
        except DatabaseError:
            return []
        finally:
            # Each visit of Prometheus has a thread of its own.
            connections.close_all()
        return [now, ended]


def _counted() -> Iterator[tuple[str, str, int]]:
    """Yield every kind of training with each of its states, and how many jobs are in it."""
    for kind in apps.get_models():
        if issubclass(kind, TrainingJob):
            rows = kind._default_manager.order_by().values_list("state").annotate(count=Count("pk"))
            counts = dict(rows)
            for state in Job.State.values:
                yield kind._meta.model_name or "", state, counts.get(state, 0)
