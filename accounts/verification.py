"""Walks the audit record from its first entry to its head, and says where it was tampered with."""

from collections.abc import Iterator
from dataclasses import dataclass

from accounts.models import AuditEntry, AuditHead
from accounts.models.audit import FIRST_PREVIOUS_HASH

BATCH = 1000


@dataclass(frozen=True)
class Head:
    """Where a chain ends: the number and the hash of its last entry."""

    number: int
    hash: str

    @classmethod
    def parse(cls, text: str) -> "Head":
        """Read NUMBER:HASH, as `str` writes it; raises ValueError for anything else."""
        number, colon, digest = text.strip().partition(":")
        shape = len(digest) == 64 and set(digest) <= set("0123456789abcdef")
        if not (colon and number.isascii() and number.isdigit() and shape):
            raise ValueError("A head is NUMBER:HASH, as verifyaudit prints it.")
        return cls(int(number), digest)

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"


BEGINNING = Head(0, FIRST_PREVIOUS_HASH)


@dataclass(frozen=True)
class Verdict:
    """How many entries were sound, how many of those are scrubbed, and which is the first that is not."""

    entries: int
    scrubbed: int
    head: Head
    broken: int | None = None
    reason: str = ""

    @property
    def ok(self) -> bool:
        return self.broken is None


def verify(noted: Head = BEGINNING, batch: int = BATCH) -> Verdict:
    """Check every entry, holding no more than `batch` of them; `noted` is a head written down elsewhere.

    Only with such a head it is noticed when somebody who owns the database writes the whole record anew, or
    cuts off its end together with the row that names it.
    """
    walk = _Walk(noted)
    while True:
        for entry in _entries_after(walk.head.number, batch):
            reason = walk.objection(entry)
            if reason:
                return walk.verdict(entry.number, reason)
        # Entries may have come meanwhile. They commit together with the head, so whoever reads the head after
        # them knows of each.
        stored = AuditHead.objects.filter(pk=1).first() or AuditHead()
        if stored.number > walk.head.number and _entries_exist_after(walk.head.number):
            continue
        return walk.end(Head(stored.number, stored.hash))


class _Walk:
    """The state of one verification: the last sound entry and what was counted up to it."""

    def __init__(self, noted: Head) -> None:
        self.head = BEGINNING
        self._noted = noted
        self._scrubbed = 0

    def objection(self, entry: AuditEntry) -> str:
        """Return what is wrong with the next entry; nothing, and step onto it, when it is sound."""
        reason = self._objection(entry)
        if not reason:
            self.head = Head(entry.number, entry.hash)
            self._scrubbed += entry.is_scrubbed
        return reason

    def _objection(self, entry: AuditEntry) -> str:
        expected = self.head.number + 1
        if entry.number != expected:
            return f"entry {expected} is missing"
        if entry.previous_hash != self.head.hash:
            return "it does not continue the entry before"
        if entry.digest() != entry.hash:
            return "its contents do not match its hash"
        if entry.is_scrubbed:
            left = entry.actor_name or entry.about_name or entry.network or entry.personal
            if left:
                return "it holds personal data although it counts as scrubbed"
        elif entry.digest_personal() != entry.personal_digest:
            return "its personal data do not match their digest"
        if entry.number == self._noted.number and entry.hash != self._noted.hash:
            return "its hash is not the one that was noted"
        return ""

    def end(self, stored: Head) -> Verdict:
        """Compare the end of the walk with the head that the database holds and the one that was noted."""
        after = self.head.number + 1
        if self._noted.number > self.head.number:
            return self.verdict(after, f"the noted head is entry {self._noted.number}, but it is missing")
        if stored != self.head:
            return self.verdict(
                after, f"the record's own head is entry {stored.number}, which does not match"
            )
        return self.verdict()

    def verdict(self, broken: int | None = None, reason: str = "") -> Verdict:
        return Verdict(self.head.number, self._scrubbed, self.head, broken, reason)


def _entries_after(number: int, batch: int) -> Iterator[AuditEntry]:
    """Yield all entries after `number`, read in batches."""
    while True:
        entries = list(AuditEntry.objects.filter(number__gt=number).order_by("number")[:batch])
        yield from entries
        if len(entries) < batch:
            return
        number = entries[-1].number


def _entries_exist_after(number: int) -> bool:
    return AuditEntry.objects.filter(number__gt=number).exists()
