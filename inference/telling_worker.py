"""Telling the worker of a job, without waiting for the queue."""

import logging
from concurrent.futures import ThreadPoolExecutor

from celery import current_app

logger = logging.getLogger(__name__)

# What the worker was told and did not take in this time is sent again.
EXPIRES_SECONDS = 60

_thread = ThreadPoolExecutor(1, thread_name_prefix="telling-worker")


def tell_worker(task: str, public_id: str) -> None:
    """Send the worker a job; one that is lost on the way is found by `SingleJobQuerySet.waiting_in_vain`."""
    _thread.submit(_send, task, public_id)


def _send(task: str, public_id: str) -> None:
    try:
        current_app.send_task(task, args=[public_id], retry=False, expires=EXPIRES_SECONDS)
    except Exception as error:
        logger.warning("the worker was not told of %s: %s", task, error)
