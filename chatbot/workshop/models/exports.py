"""Exports of versions: a file in another program's format, made by the worker and kept for some days."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from inference.models import LanguageModelVersion
from inference.single_jobs import SingleJob, SingleJobQuerySet


class ExportQuerySet(SingleJobQuerySet):
    """Exports, of which one is made at a time."""

    def outdated(self) -> "ExportQuerySet":
        """Return those whose file is there longer than it is kept."""
        return self.exclude(sha256="").filter(expires_at__lt=timezone.now())

    def there(self) -> "ExportQuerySet":
        """Return those whose file can be downloaded."""
        return self.exclude(sha256="").filter(expires_at__gte=timezone.now())


class Export(SingleJob):
    """One version in one format; `done` and `total` are steps of the program that writes it."""

    class Format(models.TextChoices):
        HF = "hf", _("Hugging Face folder (safetensors)")
        GGUF = "gguf", _("GGUF, 16 bits (llama.cpp, Ollama, LM Studio)")
        ONNX = "onnx", _("ONNX (onnxruntime)")

    version = models.ForeignKey(
        LanguageModelVersion, models.CASCADE, related_name="exports", verbose_name=_("version")
    )
    format = models.CharField(_("format"), max_length=5, choices=Format)
    # All of this is empty while there is no file, and again when it was removed.
    file_name = models.CharField(_("file"), max_length=200, blank=True, editable=False)
    size = models.PositiveBigIntegerField(_("size in bytes"), default=0, editable=False)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True, editable=False)
    expires_at = models.DateTimeField(_("kept until"), null=True, blank=True, editable=False)
    parameters = models.PositiveBigIntegerField(_("parameters"), default=0, editable=False)
    peak_memory = models.PositiveBigIntegerField(default=0, editable=False)

    objects = ExportQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="running"), name="one_export_at_a_time"
            ),
            models.UniqueConstraint(
                fields=["version", "format"],
                condition=Q(state__in=("waiting", "running")),
                name="one_export_of_a_version_and_format",
            ),
        ]

    @property
    def folder(self) -> Path:
        """Where its file lies, which nobody but the owner of the processes reads."""
        return exports_dir() / self.public_id

    @property
    def file(self) -> Path:
        """The file to download, which is there while `is_there`."""
        return self.folder / self.file_name

    @property
    def is_there(self) -> bool:
        """Whether it can be downloaded."""
        return bool(self.sha256) and self.expires_at is not None and self.expires_at >= timezone.now()

    def wanted_name(self) -> str:
        """Return what the file is to be called: the version's name, its number, and what it is."""
        ending = ".gguf" if self.format == self.Format.GGUF else f"-{self.format}.zip"
        return f"{self.version.language_model.name}-{self.version.number}{ending}"

    def keep(self, result: dict[str, Any]) -> dict[str, Any]:
        """Return the fields to store for a file that is complete, by what the program says of it."""
        (file,) = result["files"]
        return {
            "file_name": self.wanted_name(),
            "size": int(file["bytes"]),
            "sha256": str(file["sha256"]),
            "parameters": int(result.get("parameters", 0)),
            "peak_memory": int(result.get("peak_memory", 0)),
            "expires_at": timezone.now() + timedelta(days=settings.EXPORT_DAYS),
        }


def exports_dir() -> Path:
    """Return the folder of all exports."""
    return Path(settings.DATA_DIR) / "exports"
