"""`manage.py benchmark NAME`: measures this installation; docs/benchmarks.md explains the figures."""

import asyncio
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Sum

from accounts.models import Site
from benchmarks.chat import QUESTIONS, measure_chat, read_questions
from benchmarks.inference.children import MeasurementFailed
from benchmarks.inference.measuring import Plan, measure_inference
from benchmarks.inference.weights import Weights, default_weights
from benchmarks.installation import NotReady, running_installation
from benchmarks.model_server import running_model_server
from benchmarks.retrieval import RetrievalNotMeasured, RetrievalPlan, measure_retrieval
from benchmarks.sentiment import SentimentNotMeasured, SentimentPlan, measure_sentiment
from benchmarks.topics import measure_topics
from chatbot.conversations.models import ReplyTrace
from chatbot.knowledge.tuning.datasets import NoData
from chatbot.monitoring.figures import keep, show
from inference.encoding import EncoderUnavailable
from inference.installation.errors import InstallationError
from inference.installation.progress import Reporter

BENCHMARK_SITE_KEY = "benchmark"
TOPIC_DATA = Path("../shared/data")
LLAMA_PYTHON = Path(".venv-bench/bin/python")


class Command(BaseCommand):
    help = (
        "Measure this installation: `benchmark chat` sends real questions through real sockets, `benchmark "
        "inference` puts the engine beside llama.cpp and transformers, `benchmark retrieval` searches, "
        "`benchmark sentiment` has texts judged."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        benchmarks = parser.add_subparsers(dest="name", required=True, metavar="NAME")
        chat = benchmarks.add_parser("chat", help="answers complete, time to first token, tokens per second")
        chat.add_argument("--questions", type=int, default=100, help="how many questions (100)")
        chat.add_argument("--sockets", type=int, default=8, help="how many at once (8)")
        chat.add_argument("--file", type=Path, default=QUESTIONS, help="CSV file with a column “text”")
        chat.add_argument("--site", help="public key of the site to ask (one of its own, without knowledge)")
        inference = benchmarks.add_parser("inference", help="tokens per second, waiting, memory, perplexity")
        inference.add_argument("--rounds", type=int, default=3, help="ours and theirs in turns, so often (3)")
        inference.add_argument(
            "--poisson-seconds", type=float, default=300, help="length of the Poisson load; 0: none (300)"
        )
        inference.add_argument("--model", type=Path, help="a model's folder (the default model)")
        inference.add_argument(
            "--gguf", type=Path, help="the same weights for llama.cpp (the default model's)"
        )
        inference.add_argument("--precision", default="auto", help="of our weights (auto)")
        inference.add_argument(
            "--llama-python", type=Path, default=LLAMA_PYTHON, help=f"has llama-cpp-python ({LLAMA_PYTHON})"
        )
        retrieval = benchmarks.add_parser("retrieval", help="time and memory of a search among many passages")
        retrieval.add_argument("--passages", type=int, default=100_000, help="how many passages (100,000)")
        retrieval.add_argument("--searches", type=int, default=300, help="how many searches (300)")
        retrieval.add_argument(
            "--postgresql", default="", help="address of an empty database with pgvector, to be measured too"
        )
        sentiment = benchmarks.add_parser("sentiment", help="texts judged per second, and what answers lose")
        sentiment.add_argument("--texts", type=int, default=2000, help="how many texts (2000)")
        sentiment.add_argument(
            "--questions", type=int, default=24, help="how many questions are answered beside it (24)"
        )
        topics = benchmarks.add_parser("topics", help="how well topics agree with intents that people named")
        topics.add_argument(
            "--data", type=Path, default=TOPIC_DATA, help=f"folder of the data ({TOPIC_DATA})"
        )
        topics.add_argument("--texts", type=int, default=4_000, help="of each set at most so many (4000)")
        for benchmark in (chat, inference, retrieval, sentiment, topics):
            benchmark.add_argument("--json", type=Path, help="write the figures to this file")

    def handle(self, *args: Any, **options: Any) -> None:
        measure = {
            "chat": self._chat,
            "inference": self._inference,
            "retrieval": self._retrieval,
            "sentiment": self._sentiment,
            "topics": self._topics,
        }
        figures = measure[options["name"]](options)
        show(figures, self.stdout.write)
        keep(figures, options["json"])

    def _chat(self, options: dict[str, Any]) -> dict[str, Any]:
        try:
            questions = read_questions(options["file"], options["questions"])
            with running_installation(settings.PUBLIC_URL):
                site = options["site"] or _site_without_knowledge()
                measured = measure_chat(settings.PUBLIC_URL, site, questions, options["sockets"])
                figures = asdict(asyncio.run(measured))
        except OSError as error:
            raise CommandError(f"No questions: {error}. Name a CSV file with --file.") from error
        except (NotReady, httpx.HTTPError) as error:
            raise CommandError(str(error)) from error
        replies = figures.pop("replies")
        tokens = ReplyTrace.objects.filter(message__public_id__in=replies).aggregate(
            Sum("completion_tokens"), Sum("prompt_tokens")
        )
        figures["completion_tokens"] = tokens["completion_tokens__sum"] or 0
        figures["prompt_tokens"] = tokens["prompt_tokens__sum"] or 0
        figures["tokens_per_second"] = figures["completion_tokens"] / figures["seconds"]
        return {name: round(v, 2) if isinstance(v, float) else v for name, v in figures.items()}

    def _retrieval(self, options: dict[str, Any]) -> dict[str, Any]:
        if options["passages"] < 1 or options["searches"] < 1:
            raise CommandError("--passages and --searches must be at least 1.")
        plan = RetrievalPlan(options["passages"], options["searches"], options["postgresql"])
        try:
            return measure_retrieval(plan, self.stdout.write)
        except RetrievalNotMeasured as error:
            raise CommandError(str(error)) from error

    def _sentiment(self, options: dict[str, Any]) -> dict[str, Any]:
        if options["texts"] < 64 or options["questions"] < 2:
            raise CommandError("--texts must be at least 64, and --questions at least 2.")
        plan = SentimentPlan(options["texts"], options["questions"])
        url = settings.INFERENCE_URLS[0].rstrip("/")
        try:
            with running_model_server(url):
                figures = asyncio.run(measure_sentiment(url, settings.INFERENCE_API_KEY, plan))
        except OSError as error:
            raise CommandError(f"No texts: {error}.") from error
        except (NotReady, SentimentNotMeasured, httpx.HTTPError) as error:
            raise CommandError(str(error) or type(error).__name__) from error
        return {name: round(value, 3) for name, value in figures.items()}

    def _topics(self, options: dict[str, Any]) -> dict[str, Any]:
        if options["texts"] < 1:
            raise CommandError("--texts must be at least 1.")
        try:
            with running_model_server(settings.INFERENCE_URLS[0]):
                return measure_topics(options["data"], options["texts"], self.stdout.write)
        except (NoData, NotReady, EncoderUnavailable) as error:
            raise CommandError(str(error)) from error

    def _inference(self, options: dict[str, Any]) -> dict[str, Any]:
        if options["rounds"] < 1 or options["poisson_seconds"] < 0:
            raise CommandError("--rounds must be at least 1, and --poisson-seconds not negative.")
        try:
            weights = (
                Weights(options["model"], options["gguf"])
                if options["model"]
                else default_weights(settings.DATA_DIR, Reporter(self.stdout.write))
            )
            plan = Plan(
                weights,
                options["llama_python"].absolute(),
                options["precision"],
                options["rounds"],
                options["poisson_seconds"],
            )
            return measure_inference(plan, self.stdout.write)
        except (InstallationError, MeasurementFailed, OSError) as error:
            raise CommandError(str(error)) from error


def _site_without_knowledge() -> str:
    """Return the public key of a site whose every answer the model writes, so that its tokens are counted."""
    Site.objects.get_or_create(public_key=BENCHMARK_SITE_KEY, defaults={"name": "Benchmark"})
    return BENCHMARK_SITE_KEY
