import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, ProgrammingError

from accounts.audit import record
from inference.exporting import NotExported, command_for
from inference.installation.progress import Reporter, megabytes
from inference.models import LanguageModelVersion
from inference.training.export.formats import FORMATS
from inference.training_process import Line, TrainingFailed, run, threads_beside_chat

_REFUSALS = {
    "wrong_format": "{version} can be exported as {detail} only.",
    "no_files": "The files of {detail} are not there any more.",
    "no_encoder": "The encoder that {detail} was made for is not installed: run manage.py installmodel.",
    "no_room": "The disk is full; free some space and export again.",
    "no_memory": "There is not enough memory: an export holds the whole model once.",
    "killed": "The export was ended by the system, likely because memory ran out.",
}


class Command(BaseCommand):
    help = (
        "Write a version of a model for other programs: as a Hugging Face folder, as a GGUF file for "
        "llama.cpp, or an encoder or a sentiment head as ONNX."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("version", help="like SmolLM2-135M-Instruct@2; without a number the newest one")
        parser.add_argument("--format", choices=FORMATS, required=True)
        parser.add_argument(
            "--out",
            type=Path,
            required=True,
            help="the file or folder to write, which must not be there; NAME.zip packs a folder",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        report = Reporter(self.stdout.write, quiet=options["verbosity"] == 0)
        version = self._version(options["version"])
        out: Path = options["out"].expanduser().absolute()
        try:
            result = self._export(version, options["format"], out, report)
        except NotExported as refusal:
            raise CommandError(self._sentence(version, refusal.code, refusal.detail)) from None
        except TrainingFailed as failure:
            raise CommandError(self._sentence(version, failure.code, failure.detail)) from None
        except KeyboardInterrupt:
            raise CommandError("Stopped; nothing half-written remains.", returncode=130) from None
        record("language_model.exported", by=None, about=version, format=options["format"], file=out.name)
        for file in result["files"]:
            report.line(f"{file['sha256']}  {file['name']}")
        report.line(f"Exported {version.display_name} to {out} ({megabytes(result['bytes'])})")

    def _export(self, version: LanguageModelVersion, format: str, out: Path, report: Reporter) -> Line:
        command = command_for(version, format, out)
        threads = threads_beside_chat(settings.TRAINING_THREADS)
        with (
            tempfile.TemporaryDirectory() as folder,
            report.bar(f"Exporting {version.display_name}", total=100, unit="%") as advance,
        ):
            shown = 0

            def follow(line: Line) -> None:
                nonlocal shown
                step, of = line.get("step"), line.get("of")
                if isinstance(step, int) and isinstance(of, int) and of and 100 * step // of > shown:
                    advance(100 * step // of - shown)
                    shown = 100 * step // of

            return run(
                [*command, "--threads", str(threads)],
                folder=Path(folder),
                home=settings.BASE_DIR,
                threads=threads,
                on_line=follow,
                should_stop=lambda: False,
            )

    def _version(self, name: str) -> LanguageModelVersion:
        try:
            version = LanguageModelVersion.objects.named(name)
        except (OperationalError, ProgrammingError) as error:
            raise CommandError("The database has no tables yet: run manage.py migrate first.") from error
        if version is None:
            names = ", ".join(each.display_name for each in LanguageModelVersion.objects.all()[:20])
            raise CommandError(f"No version is called {name}. There are: {names or 'none'}.")
        return version

    def _sentence(self, version: LanguageModelVersion, code: str, detail: str) -> str:
        words = _REFUSALS.get(code)
        if words is None:
            return detail or f"{version.display_name} could not be exported ({code})."
        return words.format(version=version.display_name, detail=detail)
