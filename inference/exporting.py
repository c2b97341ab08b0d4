"""How the program that exports a version is started; it alone loads torch."""

import sys
from collections.abc import Sequence
from pathlib import Path

from inference.catalog import Kind
from inference.installation.errors import InstallationError
from inference.installation.heads import base_of
from inference.models import LanguageModelVersion, ModelKind
from inference.training.export.formats import OF_KIND

PROGRAM = (sys.executable, "-m", "inference.training.export")


class NotExported(Exception):
    """`code` says why the version has no such export; `detail` names what is missing or possible.

    Codes: "wrong_format", "no_files", "no_encoder".
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


def formats_of(version: LanguageModelVersion) -> tuple[str, ...]:
    """Return the formats that a version of this kind has."""
    kind: Kind = ModelKind(version.kind).value
    return OF_KIND[kind]


def command_for(
    version: LanguageModelVersion, format: str, out: Path, program: Sequence[str] = PROGRAM
) -> list[str]:
    """Return the command that writes `version` as `format` to `out`; raises NotExported."""
    if format not in formats_of(version):
        raise NotExported("wrong_format", ", ".join(formats_of(version)))
    if not version.folder.is_dir():
        raise NotExported("no_files", version.display_name)
    command = [*program, "--model", str(version.folder), "--format", format, "--out", str(out)]
    command += ["--name", f"{version.language_model.name}-{version.number}"]
    if version.kind == ModelKind.SENTIMENT and format == "onnx":
        command += ["--base", str(_encoder_of(version))]
    return command


def _encoder_of(head: LanguageModelVersion) -> Path:
    try:
        base = base_of(head)
    except InstallationError:
        raise NotExported("no_files", head.display_name) from None
    if base is None:
        raise NotExported("no_encoder", head.display_name)
    return base.folder
