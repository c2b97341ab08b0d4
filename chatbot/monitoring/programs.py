"""The processes that make up a running installation."""

import sys

from django.conf import settings

from chatbot.monitoring.child import Program

WEB = "web"
WORKER = "worker"
MODEL_SERVER = "model server"
NAMES = (WEB, WORKER, MODEL_SERVER)

_MANAGE = [sys.executable, str(settings.BASE_DIR / "manage.py")]
_AFTER_DRAINING_SECONDS = 8


def web() -> Program:
    """HTTP, WebSockets and the reply runners."""
    return Program(
        WEB, [*_MANAGE, "serve"], colour=36, grace_seconds=settings.DRAIN_SECONDS + _AFTER_DRAINING_SECONDS
    )


def model_server() -> Program:
    """The language model behind an OpenAI-compatible HTTP interface."""
    return Program(MODEL_SERVER, [*_MANAGE, "runinference"], colour=35)


def worker() -> Program:
    """Background tasks, and the clock that starts the periodic ones."""
    return Program(
        WORKER,
        [sys.executable, "-m", "celery", "-A", "chatbot", "worker", "-B", "--loglevel", settings.LOG_LEVEL]
        + ["--without-gossip", "--without-mingle"],
        {"PYTHONPATH": str(settings.BASE_DIR)},
        colour=32,
    )


def runs_model_server() -> bool:
    """Tell whether one of the addresses that answers are asked from is the model server of this machine."""
    own = f"http://{settings.INFERENCE_HOST}:{settings.INFERENCE_PORT}/"
    return any(url.startswith(own) for url in settings.INFERENCE_URLS)
