import json
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, ProgrammingError

from inference.installation.errors import InstallationError
from inference.installation.heads import base_of, register_head
from inference.models import LanguageModelVersion, ModelKind


class Command(BaseCommand):
    help = (
        "Train a sentiment head: the shipped one again from the data sets it names, or the active one on "
        "your own labelled messages. docs/sentiment.md says where the data sets are."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        data = parser.add_mutually_exclusive_group(required=True)
        data.add_argument("--sources", metavar="FOLDER", type=Path, help="the folder of the named data sets")
        data.add_argument(
            "--labels",
            metavar="FILE",
            type=Path,
            action="append",
            help="JSON lines: text, label, language?, split?; may be given several times",
        )
        parser.add_argument(
            "--unlabelled",
            metavar="FILE",
            type=Path,
            help="JSON lines: text; the head keeps its opinion of these",
        )
        parser.add_argument(
            "--head", help="the version to go on from, like sentiment@2; default: the active one"
        )
        parser.add_argument("--seed", type=int, default=1, help="the same seed and data give the same head")
        parser.add_argument("--threads", type=int, default=0, help="0: one for each core")
        parser.add_argument(
            "--out",
            metavar="FOLDER",
            type=Path,
            help="write the head to this folder, and do not record it as a version",
        )
        parser.add_argument("--activate", action="store_true", help="let the new version judge from now on")
        parser.add_argument("--json", metavar="FILE", type=Path, help="write the figures to this file")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["out"] and options["activate"]:
            raise CommandError("A head that only goes to --out is no version: leave --activate out.")
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            figures = self._train(options)
        except KeyboardInterrupt:
            raise CommandError("Stopped; no half-trained head remains.", returncode=130) from None
        except InstallationError as error:
            raise CommandError(str(error)) from error
        except (OperationalError, ProgrammingError) as error:
            raise CommandError(
                "The database has no tables for models yet: run manage.py migrate first."
            ) from error
        if options["json"] is not None:
            options["json"].write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")

    def _train(self, options: dict[str, Any]) -> dict[str, Any]:
        base, start = _encoder_alone() if options["sources"] else _encoder_and_head(options["head"])
        Path(settings.DATA_DIR).mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix="head-", dir=settings.DATA_DIR))
        try:
            out = options["out"] or work / "head"
            figures = self._run(_arguments(base, start, out, options))
            if options["out"]:
                self.stdout.write(f"The head is in {out}.")
                return figures
            source = ", ".join(str(file) for file in options["labels"] or [options["sources"]])
            version = register_head(out, source=source[:300], activate=options["activate"])
        finally:
            shutil.rmtree(work, ignore_errors=True)
        state = "active" if version.is_active else "not active"
        self.stdout.write(f"Recorded {version.display_name}, which is {state}.")
        return {**figures, "version": version.display_name}

    def _run(self, arguments: list[str]) -> dict[str, Any]:
        """Train in a process of its own, which alone loads torch; tell its progress and return its result."""
        process = subprocess.Popen(
            [sys.executable, "-m", "inference.training.sentiment", "train", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        result: dict[str, Any] = {}
        try:
            assert process.stdout is not None
            for line in process.stdout:
                told = json.loads(line)
                result = told.get("result", result)
                if sentence := _sentence(told):
                    self.stdout.write(sentence)
                    self.stdout.flush()
            _nothing, complaint = process.communicate()
        except BaseException:
            process.terminate()
            process.wait()
            raise
        if process.returncode != 0:
            lines = complaint.strip().splitlines() or [f"Training ended with {process.returncode}."]
            raise CommandError(lines[-1], returncode=2 if process.returncode == 2 else 1)
        return result


def _arguments(
    base: LanguageModelVersion, start: LanguageModelVersion | None, out: Path, options: dict[str, Any]
) -> list[str]:
    arguments = ["--base", str(base.folder), "--out", str(out), "--seed", str(options["seed"])]
    arguments += ["--start", str(start.folder) if start else "none", "--threads", str(options["threads"])]
    if options["sources"]:
        return [*arguments, "--sources", str(options["sources"])]
    if options["unlabelled"]:
        arguments += ["--unlabelled", str(options["unlabelled"])]
    return [*arguments, "--labels", *(str(file) for file in options["labels"])]


def _encoder_alone() -> tuple[LanguageModelVersion, None]:
    encoder = LanguageModelVersion.objects.active(ModelKind.ENCODER)
    if encoder is None:
        raise CommandError("No encoder is active: manage.py installmodel installs the default ones.")
    return encoder, None


def _encoder_and_head(name: str | None) -> tuple[LanguageModelVersion, LanguageModelVersion]:
    versions = LanguageModelVersion.objects
    head = versions.named(name) if name else versions.active(ModelKind.SENTIMENT)
    if head is None or head.kind != ModelKind.SENTIMENT:
        raise CommandError(
            f"No sentiment head is called {name}." if name else "No sentiment head is active yet."
        )
    encoder = base_of(head)
    if encoder is None:
        raise CommandError(f"The encoder that {head.display_name} needs is not installed.")
    return encoder, head


def _sentence(told: dict[str, Any]) -> str:
    """One line for people about one line of the training's progress; nothing for what needs none."""
    if "step" in told:
        minutes, seconds = divmod(int(told["seconds_left"]), 60)
        return f"  step {told['step']} of {told['of']}, loss {told['loss']:.3f}, {minutes}:{seconds:02} left"
    if "epoch" in told:
        return f"Epoch {told['epoch']} of {told['of']} is done."
    if "result" in told and told["result"].get("before"):
        before, after = told["result"]["before"], told["result"]["after"]
        return "\n".join(
            f"{title}: accuracy {figures['accuracy']:.3f}, macro-F1 {figures['macro_f1']:.3f}, "
            f"calibration error {figures['ece']:.3f} on {figures['rows']} messages held back"
            for title, figures in (("Before", before), ("After", after))
        )
    return ""
