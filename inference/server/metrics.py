"""Figures for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from inference.engine.request import Request
from inference.server.engine_figures import EngineFigures
from inference.server.engines import Engines

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
SECONDS_PER_TOKEN = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.25, 0.5, 1.0)


class Metrics:
    """The figures of one app, in a registry of its own."""

    def __init__(self, engines: Engines) -> None:
        registry = self._registry = CollectorRegistry()
        self._queue_wait = Histogram(
            "parley_queue_wait_seconds",
            "From arrival to a place in the batch.",
            ["model"],
            buckets=SECONDS,
            registry=registry,
        )
        self._first_token = Histogram(
            "parley_time_to_first_token_seconds",
            "From arrival to the first token.",
            ["model"],
            buckets=SECONDS,
            registry=registry,
        )
        self._per_token = Histogram(
            "parley_time_per_output_token_seconds",
            "Mean time between the tokens of an answer.",
            ["model"],
            buckets=SECONDS_PER_TOKEN,
            registry=registry,
        )
        self._answers = Counter(
            "parley_answers", "Answers by how they ended.", ["reason", "model"], registry=registry
        )
        self._embedded = Counter("parley_embedded_tokens", "Tokens embedded.", registry=registry)
        self._classified = Counter("parley_classified_texts", "Texts classified.", registry=registry)
        self._classification = Histogram(
            "parley_classification_seconds",
            "From a request to classify to its answer.",
            buckets=SECONDS,
            registry=registry,
        )
        self._errors = Counter("parley_errors", "Errors by kind.", ["kind"], registry=registry)
        registry.register(EngineFigures(engines))

    def answered(self, model: str, request: Request) -> None:
        """Record a request to a model that has ended, in whatever way."""
        self._answers.labels(request.finish_reason, model).inc()
        if request.admitted is not None:
            self._queue_wait.labels(model).observe(request.admitted - request.arrived)
        if request.first_token is not None:
            self._first_token.labels(model).observe(request.first_token - request.arrived)
            if request.finished is not None and len(request.output) > 1:
                seconds = (request.finished - request.first_token) / (len(request.output) - 1)
                self._per_token.labels(model).observe(seconds)

    def embedded(self, tokens: int) -> None:
        """Record texts that were embedded."""
        self._embedded.inc(tokens)

    def classified(self, texts: int, seconds: float) -> None:
        """Record a request to classify that was answered."""
        self._classified.inc(texts)
        self._classification.observe(seconds)

    def failed(self, kind: str) -> None:
        """Record an error that a client got."""
        self._errors.labels(kind).inc()

    def text(self) -> bytes:
        """All figures in Prometheus' text format."""
        return generate_latest(self._registry)
