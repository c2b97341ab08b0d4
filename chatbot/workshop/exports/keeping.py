"""Exports are kept for some days, and what a dead worker left is removed."""

import logging
import shutil

from chatbot.workshop.models import Export
from chatbot.workshop.models.exports import exports_dir

logger = logging.getLogger(__name__)
State = Export.State


def look_after_exports() -> list[str]:
    """End the exports whose worker died, delete old files, and return the ids of those that wait in vain."""
    for export in Export.objects.abandoned():
        logger.warning("export %s stood still: its worker is gone", export)
        export.end(State.CANCELLED if export.cancel_requested else State.FAILED, "abandoned")
    for export in Export.objects.outdated():
        Export.objects.filter(pk=export.pk).update(sha256="", message="outdated")
    unfinished = set(Export.objects.unfinished().values_list("public_id", flat=True))
    wanted = unfinished | set(Export.objects.there().values_list("public_id", flat=True))
    for folder in exports_dir().glob("*"):
        if folder.name not in wanted:
            shutil.rmtree(folder, ignore_errors=True)
    return Export.objects.waiting_in_vain()
