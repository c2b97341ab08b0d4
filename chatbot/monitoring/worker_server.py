"""The worker's `/metrics`: a small HTTP server in its main process."""

import logging
import threading
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from celery import bootsteps
from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from prometheus_client import make_wsgi_app

from chatbot.monitoring.access import may_read_metrics
from chatbot.monitoring.worker_files import remove_folder
from chatbot.monitoring.worker_metrics import registry_of

logger = logging.getLogger(__name__)

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def guarded(metrics: Application) -> Application:
    """Let those who may read the web process's metrics see `metrics` at /metrics; others get 403 or 404."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/metrics":
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [b"Only /metrics is here.\n"]
        if not may_read_metrics(WSGIRequest(environ)):
            start_response("403 Forbidden", [("Content-Type", "text/plain")])
            return [
                b"Metrics are for this machine, or for a request with METRICS_TOKEN as its bearer token.\n"
            ]
        return metrics(environ, start_response)

    return application


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *arguments: Any) -> None:
        """Keep the log free of a line for each visit of Prometheus."""


class MetricsStep(bootsteps.StartStopStep):
    """Serves the metrics while the worker runs; where the port is taken the worker runs without."""

    def __init__(self, parent: Any, **options: Any) -> None:
        self._server: WSGIServer | None = None
        super().__init__(parent, **options)

    def start(self, parent: Any) -> None:
        """Listen on WORKER_METRICS_PORT, unless it is 0."""
        host, port = settings.WORKER_METRICS_HOST, settings.WORKER_METRICS_PORT
        if not port:
            return
        try:
            application = guarded(make_wsgi_app(registry_of(parent.app)))
            self._server = make_server(host, port, application, _Server, _Silent)
        except OSError as error:
            logger.warning("the worker's metrics are not served: %s:%s: %s", host, port, error.strerror)
            return
        threading.Thread(target=self._server.serve_forever, name="metrics", daemon=True).start()
        logger.info("the worker's metrics are at http://%s:%s/metrics", host, port)

    def stop(self, parent: Any) -> None:
        """Stop to listen, and leave nothing behind."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
        remove_folder()
