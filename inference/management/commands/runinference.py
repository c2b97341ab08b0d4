from argparse import ArgumentParser
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, ProgrammingError, connection

from inference.models import LanguageModelVersion, ModelKind
from inference.sentiment_heads import find_head
from inference.server.served_head import ServedHead
from inference.server.served_model import WantedModels
from inference.wanted_models import wanted_models


@dataclass(frozen=True, slots=True)
class _Served:
    name: str
    folder: Path


class Command(BaseCommand):
    help = "Run the model server: an OpenAI-compatible HTTP interface to the active models."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=settings.INFERENCE_HOST)
        parser.add_argument("--port", type=int, default=settings.INFERENCE_PORT)
        parser.add_argument("--model", help="an installed version (name or name@number) or a model's folder")
        parser.add_argument(
            "--threads", type=int, default=settings.INFERENCE_THREADS, help="0: one for each core"
        )
        parser.add_argument(
            "--precision", choices=settings.INFERENCE_PRECISIONS, default=settings.INFERENCE_PRECISION
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            language_model = _chosen(options["model"]) if options["model"] else _active_language_model()
            # A model that was named stays; the active one gives way to the next active one.
            follows = not options["model"]
            encoders = LanguageModelVersion.objects.encoders()
            reranker = LanguageModelVersion.objects.active(ModelKind.RERANKER)
        except (OperationalError, ProgrammingError) as error:
            raise CommandError("The database is not ready for models: run manage.py migrate.") from error
        if encoders and not self._is_there(encoders[0], "texts cannot be encoded"):
            encoders = []
        encoders = [e for e in encoders if self._is_there(e, "there is no second opinion on passages")]
        if reranker is not None and not self._is_there(reranker, "passages are not read beside the question"):
            reranker = None
        connection.close()
        # Django's commands load without torch; only this one brings it in, once it is sure of a model.
        from inference.server.serve import Served, ServerConfig, StartError, serve

        try:
            serve(
                ServerConfig(
                    model_path=language_model.folder,
                    model_name=language_model.name,
                    encoders=tuple(Served(encoder.display_name, encoder.folder) for encoder in encoders),
                    reranker=Served(reranker.display_name, reranker.folder) if reranker is not None else None,
                    heads=_head,
                    models=_wanted if follows else None,
                    host=options["host"],
                    port=options["port"],
                    threads=options["threads"],
                    spin_microseconds=settings.INFERENCE_SPIN_MICROSECONDS,
                    kernel_cache=settings.DATA_DIR / "kernels",
                    precision=options["precision"],
                    max_batch=settings.INFERENCE_MAX_BATCH,
                    max_waiting=settings.INFERENCE_MAX_WAITING,
                    cache_gib=settings.INFERENCE_CACHE_GIB,
                    speculate=settings.INFERENCE_SPECULATION,
                    request_seconds=settings.INFERENCE_REQUEST_SECONDS,
                    stall_seconds=settings.INFERENCE_STALL_SECONDS,
                    api_key=settings.INFERENCE_API_KEY,
                )
            )
        except (StartError, ValueError) as error:
            raise CommandError(str(error)) from error

    def _is_there(self, version: LanguageModelVersion, consequence: str) -> bool:
        if version.folder.is_dir():
            return True
        self.stderr.write(
            f"The folder of {version.display_name} is missing, so {consequence}: "
            f"run manage.py installmodel {version.language_model.name}."
        )
        return False


def _head(wanted: str) -> ServedHead | None:
    """What the model server's threads ask while it runs; each leaves no connection behind."""
    try:
        return find_head(wanted)
    finally:
        connection.close()


def _wanted() -> WantedModels:
    try:
        return wanted_models()
    finally:
        connection.close()


def _active_language_model() -> _Served:
    version = LanguageModelVersion.objects.active(ModelKind.LANGUAGE)
    if version is None:
        raise CommandError("No language model is installed: run manage.py installmodel.")
    return _served(version)


def _chosen(wanted: str) -> _Served:
    version = LanguageModelVersion.objects.named(wanted)
    if version is not None:
        if version.kind != ModelKind.LANGUAGE:
            raise CommandError(
                f"{version.display_name} is of the kind “{version.kind}”, and no language model."
            )
        return _served(version)
    folder = Path(wanted).expanduser()
    if not folder.is_dir():
        raise CommandError(
            f"“{wanted}” is neither an installed model nor a folder: run manage.py installmodel {wanted}."
        )
    return _Served(folder.resolve().name, folder.resolve())


def _served(version: LanguageModelVersion) -> _Served:
    if not version.folder.is_dir():
        raise CommandError(
            f"The folder of {version.display_name} is missing: "
            f"run manage.py installmodel {version.language_model.name}."
        )
    return _Served(version.display_name, version.folder)
