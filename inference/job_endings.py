"""How a job ends whose work did not come to its end: in one code, whatever was raised."""

import errno
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import InterfaceError, OperationalError

from inference.single_jobs import SingleJob, TakenOver
from inference.training_process import TrainingFailed, TrainingStopped

logger = logging.getLogger(__name__)


@contextmanager
def stored_ending(job: SingleJob) -> Iterator[None]:
    """Store in `job` what the block raises as its end; lets no exception through.

    While the database is away nothing can be stored: the job stands still then, as after the worker's death.
    """
    State = type(job).State
    try:
        yield
    except TakenOver:
        logger.warning("job %s is not this worker's any more", job)
    except TrainingStopped:
        job.end(State.CANCELLED, "cancelled")
    except TrainingFailed as failure:
        logger.warning("job %s: %s", job, failure)
        job.end(State.FAILED, failure.code, failure.detail)
    except (OperationalError, InterfaceError):
        logger.exception("job %s stands still: the database is away", job)
    except Exception as error:
        logger.exception("job %s failed", job)
        is_full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
        job.end(State.FAILED, "no_room" if is_full else "crashed")
