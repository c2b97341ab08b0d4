"""What a file is said to be and what it is."""

import io
import zipfile
from pathlib import Path

import pytest

from chatbot.knowledge.parsing import Unreadable, parse
from tests.chatbot.knowledge.parsing import samples

PDF = samples.pdf([("Returns", ["Text."])])
HTML = b"<!doctype html><p>text</p>"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 100


def zip_file() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
    return file.getvalue()


def code_of(content: bytes | Path, name: str, media_type: str = "") -> str:
    with pytest.raises(Unreadable) as error:
        parse(content, name=name, media_type=media_type)
    assert error.value.detail.endswith((".", "Use PDF, DOCX, HTML, Markdown, text or CSV."))
    return error.value.code


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (PDF, "a.docx"),
        (PDF, "a.txt"),
        (PDF, "a.html"),
        (HTML, "a.pdf"),
        (b"plain words", "a.pdf"),
        (b"plain words", "a.docx"),
        (samples.word_file(), "a.pdf"),
        (samples.word_file(), "a.txt"),
        (zip_file(), "a.docx"),
        (PNG, "a.pdf"),
        (PNG, "a.html"),
        (PNG, "a.csv"),
        (b"\x7fELF" + b"\0" * 100, "a.txt"),
        (b"MZ\0\0" + b"\0" * 100, "a.md"),
        (b"words\0\0\0and\0zeros\0" * 10, "a.txt"),
        (b"\x1f\x8b\x08" + b"\0" * 100, "a.csv"),
        (b"{\\rtf1 words}", "a.txt"),
    ],
)
def test_another_type_than_the_name_says(content: bytes, name: str) -> None:
    assert code_of(content, name) == "wrong_type"


@pytest.mark.parametrize(
    ("name", "media_type"),
    [("a.exe", ""), ("a.png", "image/png"), ("a.zip", "application/zip"), ("a.xlsx", "")],
)
def test_types_that_are_not_read(name: str, media_type: str) -> None:
    assert code_of(b"some words", name, media_type) == "unknown_type"


@pytest.mark.parametrize(
    ("content", "name", "media_type", "found"),
    [
        (PDF, "download", "", "application/pdf"),
        (PDF, "a.html", "application/pdf", "application/pdf"),
        (HTML, "faq", "text/html; charset=utf-8", "text/html"),
        (HTML, "faq", "", "text/html"),
        (HTML, "v1.2/faq", "application/xhtml+xml", "text/html"),
        (b"# a\n\nb", "a.md", "text/plain", "text/markdown"),
        (b"a,b\n1,2", "a.csv", "application/vnd.ms-excel", "text/csv"),
        (b"words", "a.txt", "application/octet-stream", "text/plain"),
        (b"words", "A.TXT", "", "text/plain"),
        (b"words", "words", "", "text/plain"),
        (b"MZ is a word too", "a.txt", "", "text/plain"),
    ],
)
def test_the_type_is_found(content: bytes, name: str, media_type: str, found: str) -> None:
    assert parse(content, name=name, media_type=media_type).media_type == found


def test_a_file_of_200_megabytes_is_not_even_opened(tmp_path: Path) -> None:
    large = tmp_path / "large.pdf"
    with large.open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    large.chmod(0)

    assert code_of(large, "large.pdf") == "too_large"


def test_a_file_on_disk_is_read_like_bytes(tmp_path: Path) -> None:
    file = tmp_path / "a.pdf"
    file.write_bytes(PDF)

    assert parse(file, name="a.pdf") == parse(PDF, name="a.pdf")
    (tmp_path / "empty.txt").touch()
    assert code_of(tmp_path / "empty.txt", "empty.txt") == "empty"
