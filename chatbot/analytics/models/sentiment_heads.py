"""The versions of the sentiment head, seen from analytics."""

import json
from typing import Any

from django.utils.translation import gettext_lazy as _

from inference.models import LanguageModelVersion

HEAD_FILE = "head.json"


class SentimentHead(LanguageModelVersion):
    """A version of the head, with what stands in its folder."""

    class Meta:
        proxy = True
        verbose_name = _("sentiment head")
        verbose_name_plural = _("sentiment heads")
        ordering = ["-number"]

    @property
    def facts(self) -> dict[str, Any]:
        """Return what the head's folder says of it; nothing where the folder is gone or damaged."""
        try:
            facts = json.loads((self.folder / HEAD_FILE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return facts if isinstance(facts, dict) else {}
