"""What the worker does for knowledge."""

from celery import shared_task

from chatbot.knowledge import uploads
from chatbot.knowledge.encoding_again import encode_what_lacks_vectors
from chatbot.knowledge.job_queue import ask_for_due_refreshes, look_after_jobs, tell_worker
from chatbot.knowledge.models import IndexJob
from chatbot.knowledge.refreshing import run

# Less than the time between two of these tasks, so that no two are at work at once.
_ENCODING_SECONDS = 240.0


@shared_task(name="chatbot.knowledge.tasks.run_index_job")
def run_index_job(public_id: str) -> None:
    """Bring a source up to date; asked twice, it is done once."""
    job = IndexJob.objects.claim(public_id)
    if job is None:
        return
    run(job)
    waiting = IndexJob.objects.waiting().filter(source=job.source_id).exclude(pk=job.pk).first()
    if waiting is not None:
        tell_worker(waiting.public_id)


@shared_task(name="chatbot.knowledge.tasks.look_after_knowledge")
def look_after_knowledge() -> None:
    """Begin the refreshes that are due, and all jobs that wait without anybody at work on them."""
    ask_for_due_refreshes()
    for public_id in look_after_jobs():
        tell_worker(public_id)


@shared_task(name="chatbot.knowledge.tasks.encode_what_lacks_vectors")
def encode_passages_again() -> None:
    """Give vectors to passages that lack them, such as after a change of the encoder."""
    encode_what_lacks_vectors(_ENCODING_SECONDS)


@shared_task(name="chatbot.knowledge.tasks.forget_files")
def forget_files() -> None:
    """Delete uploaded files whose document is gone with its site."""
    uploads.sweep()
