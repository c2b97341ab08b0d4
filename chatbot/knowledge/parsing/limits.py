"""What a document may cost."""

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """At most so many bytes, pages of a PDF, rows of a table, characters of text, seconds.

    `unpacked_bytes` is what a DOCX may unpack to, `memory_bytes` the address space of the process that reads,
    its program of about 150 MB included.
    """

    bytes: int = 20 * MIB
    pages: int = 1000
    rows: int = 50_000
    characters: int = 4_000_000
    unpacked_bytes: int = 100 * MIB
    seconds: float = 30.0
    memory_bytes: int = 1024 * MIB
    output_bytes: int = 32 * MIB


DEFAULT = Limits()
