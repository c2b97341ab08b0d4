"""Asking the worker for work on a data set, one piece at a time."""

from functools import partial
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import User
from chatbot.workshop.models import DataJob, DataSet, DataSource
from inference.telling_worker import tell_worker

TASK = "chatbot.workshop.data_sets.tasks.run_data_job"


class AtWork(Exception):
    """Work on this data set waits or goes on already."""


def ask(
    data_set: DataSet,
    kind: DataJob.Kind,
    *,
    settings: dict[str, Any] | None = None,
    source: DataSource | None = None,
    by: User | None,
    network: str = "",
    by_worker: bool = True,
) -> DataJob:
    """Ask for work; without `by_worker` the caller claims and does it. Raises AtWork.

    `network` is from where the person asks, for the record of what is done then.
    """
    try:
        with transaction.atomic():
            job = DataJob.objects.create(
                data_set=data_set,
                kind=kind,
                settings={**(settings or {}), "network": network},
                source=source,
                asked_by=by,
                message="waiting",
            )
            if by_worker:
                transaction.on_commit(partial(tell_worker, TASK, job.public_id))
    except IntegrityError:
        raise AtWork from None
    return job


def newest_job(data_set: DataSet) -> DataJob | None:
    """Return the job that was asked for last."""
    return data_set.jobs.select_related("asked_by", "version", "source").first()


def is_at_work(data_set: DataSet) -> bool:
    """Tell whether a job waits or goes on, so that the examples are not to be changed."""
    return DataJob.objects.unfinished().filter(data_set=data_set).exists()
