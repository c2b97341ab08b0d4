"""Which sentiment head a name means, in the words of the model server."""

from inference.installation.errors import InstallationError
from inference.installation.heads import base_of
from inference.models import LanguageModelVersion, ModelKind
from inference.server.served_head import ACTIVE, ServedHead


def find_head(wanted: str) -> ServedHead | None:
    """Return the version called `wanted`, or the active one for “sentiment”; None where there is none."""
    if wanted == ACTIVE:
        version = LanguageModelVersion.objects.active(ModelKind.SENTIMENT)
    else:
        version = LanguageModelVersion.objects.named(wanted)
    if version is None or version.kind != ModelKind.SENTIMENT:
        return None
    name, folder = version.display_name, version.folder
    try:
        base = base_of(version)
    except InstallationError:
        return ServedHead(name, folder, None, f"The folder of {name} is missing: {folder}.")
    if base is None:
        return ServedHead(
            name, folder, None, f"The encoder that {name} needs is missing: run manage.py installmodel."
        )
    return ServedHead(name, folder, base.folder)
