"""What the operator's one word means: a name from the catalog, a folder, or an id on the Hugging Face hub."""

import re
from dataclasses import dataclass
from pathlib import Path

from inference.catalog import Catalog, CatalogEntry, Kind, UnknownModel
from inference.installation.errors import InstallationError

HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,99}")


@dataclass(frozen=True, slots=True)
class Target:
    """A model to install: `name` is what Parley will call it, the rest says where it may come from."""

    name: str
    kind: Kind | None
    entry: CatalogEntry | None = None
    path: Path | None = None
    hub_id: str = ""
    # Whether it is wanted as the second encoder beside another one, which stays the active one.
    is_companion: bool = False


def resolve(wanted: str, catalog: Catalog, kind: Kind | None = None, name: str = "") -> Target:
    """Find what is meant. Raises InstallationError for a name that means nothing, with the nearest names."""
    entry = catalog.find(wanted)
    if entry is not None:
        if kind not in (None, entry.kind):
            raise InstallationError(f"{entry.name} is of the kind “{entry.kind}”, not “{kind}”.")
        return Target(entry.name, entry.kind, entry=entry, hub_id=entry.hub_id)
    path = Path(wanted).expanduser()
    if path.exists():
        path = path.resolve()
        return Target(_checked(name or (path.stem if path.is_file() else path.name)), kind, path=path)
    if wanted.startswith(("/", "./", "../", "~")) or wanted.endswith(".gguf"):
        raise InstallationError(f"There is nothing at {wanted}.")
    if HUB_ID.fullmatch(wanted):
        return Target(_checked(name or wanted.partition("/")[2]), kind, hub_id=wanted)
    unknown: UnknownModel = catalog.unknown(wanted)
    raise InstallationError(str(unknown))


def _checked(name: str) -> str:
    if not NAME.fullmatch(name):
        raise InstallationError(
            f"“{name}” cannot be a model's name: give one of letters, digits, dots and hyphens with --name."
        )
    return name
