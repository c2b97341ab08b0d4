"""The task queue: `celery -A chatbot worker -B`."""

import os
import sys
from contextlib import suppress

from celery import Celery
from celery.schedules import crontab
from django.conf import settings

from chatbot.log_fields import process_name
from chatbot.monitoring.worker_files import prepare_folder

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatbot.settings")
if process_name(sys.argv) == "worker":
    prepare_folder(settings.DATA_DIR)


def _transport_options() -> dict[str, str | int]:
    if not settings.CELERY_BROKER_URL.startswith("filesystem"):
        # A message that no worker confirmed in time is delivered again: longer than any task may run.
        return {"visibility_timeout": 6 * 3600}
    folder = settings.QUEUE_DIR / "messages"
    # Where that is impossible, the start says so; a command that needs no tasks goes on.
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    return {
        "data_folder_in": str(folder),
        "data_folder_out": str(folder),
        "control_folder": str(settings.QUEUE_DIR / "control"),
    }


app = Celery(
    "parley", broker=settings.CELERY_BROKER_URL, task_cls="chatbot.monitoring.worker_tasks:WorkerTask"
)
app.conf.update(
    broker_transport_options=_transport_options(),
    broker_connection_retry_on_startup=True,
    task_ignore_result=True,
    task_acks_late=True,
    worker_prefetch_multiplier=1,
    # Reading a large source takes minutes, in which webhooks are still to be delivered.
    worker_concurrency=3,
    worker_hijack_root_logger=False,
    timezone=settings.TIME_ZONE,
    beat_schedule_filename=str(settings.QUEUE_DIR / "beat"),
    beat_schedule={
        "forget what has expired": {"task": "chatbot.widget.tasks.forget_expired", "schedule": 600.0},
        "deliver webhooks": {
            "task": "chatbot.operators.tasks.deliver_webhooks",
            "schedule": 15.0,
            "options": {"expires": 15.0},
        },
        "forget old deliveries": {
            "task": "chatbot.operators.tasks.forget_old_deliveries",
            "schedule": 3600.0,
        },
        "score messages": {
            "task": "chatbot.conversations.tasks.score_left_over",
            "schedule": 20.0,
            "options": {"expires": 20.0},
        },
        "look after knowledge": {
            "task": "chatbot.knowledge.tasks.look_after_knowledge",
            "schedule": 30.0,
            "options": {"expires": 30.0},
        },
        "watch figures": {
            "task": "chatbot.analytics.tasks.watch_figures",
            "schedule": 60.0,
            "options": {"expires": 60.0},
        },
        "send out": {
            "task": "chatbot.analytics.tasks.send_out",
            "schedule": 10.0,
            "options": {"expires": 10.0},
        },
        "forget old messages": {"task": "chatbot.analytics.tasks.forget_old_messages", "schedule": 3600.0},
        "encode what lacks vectors": {
            "task": "chatbot.knowledge.tasks.encode_what_lacks_vectors",
            "schedule": 300.0,
            "options": {"expires": 300.0},
        },
        "look after labelling": {
            "task": "chatbot.analytics.labelling.tasks.look_after_labelling",
            "schedule": 30.0,
            "options": {"expires": 30.0},
        },
        "look after evaluations": {
            "task": "chatbot.workshop.evaluating.tasks.look_after_evaluations",
            "schedule": 30.0,
            "options": {"expires": 30.0},
        },
        "look after blind votes": {
            "task": "chatbot.workshop.voting.tasks.look_after_votes",
            "schedule": 30.0,
            "options": {"expires": 30.0},
        },
        "look after the workshop": {
            "task": "chatbot.workshop.jobs.tasks.look_after_jobs",
            "schedule": 15.0,
            "options": {"expires": 15.0},
        },
        "look after data sets": {
            "task": "chatbot.workshop.data_sets.tasks.look_after_data_sets",
            "schedule": 30.0,
            "options": {"expires": 30.0},
        },
        "look after exports": {
            "task": "chatbot.workshop.exports.tasks.look_after",
            "schedule": 60.0,
            "options": {"expires": 60.0},
        },
        "refresh figures": {
            "task": "chatbot.analytics.tasks.refresh_figures",
            "schedule": 60.0,
            "options": {"expires": 60.0},
        },
        "forget files of knowledge": {"task": "chatbot.knowledge.tasks.forget_files", "schedule": 3600.0},
        "find what visitors ask about": {
            "task": "chatbot.analytics.tasks.find_all_topics",
            # At night, when the model server has the least to do.
            "schedule": crontab(hour="3", minute="10"),
        },
        "watch the canary": {
            "task": "chatbot.workshop.canary.tasks.watch_canary",
            "schedule": 60.0,
            "options": {"expires": 60.0},
        },
        "note which documents are used": {
            "task": "chatbot.analytics.tasks.note_document_uses",
            "schedule": 60.0,
            "options": {"expires": 60.0},
        },
    },
)
app.autodiscover_tasks(
    [
        "accounts",
        "chatbot.knowledge",
        "chatbot.conversations",
        "chatbot.widget",
        "chatbot.operators",
        "chatbot.analytics",
        "chatbot.analytics.labelling",
        "chatbot.workshop",
        "chatbot.workshop.data_sets",
        "chatbot.workshop.jobs",
        "chatbot.workshop.evaluating",
        "chatbot.workshop.voting",
        "chatbot.workshop.exports",
        "chatbot.workshop.canary",
    ]
)
app.steps["worker"].add("chatbot.monitoring.worker_server:MetricsStep")
# The app of every thread of a process that imports this: who asks for a task from a thread means this queue.
app.set_default()
