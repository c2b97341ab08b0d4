"""DOCX: what a reader sees, and bombs that do not go off."""

import io
import time
import zipfile

import pytest

from chatbot.knowledge.parsing import Limits, Unreadable, parse
from tests.chatbot.knowledge.parsing import samples

BODY = b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>%s</w:body></w:document>'


def code_of(content: bytes, **options: object) -> str:
    with pytest.raises(Unreadable) as error:
        parse(content, name="a.docx", **options)  # type: ignore[arg-type]
    return error.value.code


def test_headings_lists_and_tables_in_order() -> None:
    parsed = parse(samples.word_file(), name="a.docx")

    assert parsed.title == "Handbook"
    assert [(section.heading, section.text) for section in parsed.sections] == [
        ("", "Before any heading."),
        ("Returns", "Within 30 days."),
        ("Returns › How", "- Pack it\n\n- Send it"),
        ("Shipping", "Country | Days\n\nNorway | 5\n\nwithin the table\n\n最后一段。"),
    ]


def test_an_archive_that_unpacks_to_too_much() -> None:
    bomb = samples.with_part("word/document.xml", BODY % (b" " * 150 * 1024 * 1024))
    begun = time.monotonic()

    assert len(bomb) < 1024 * 1024 and code_of(bomb) == "bomb"
    assert time.monotonic() - begun < 5


def test_an_archive_that_lies_about_its_sizes() -> None:
    """What is read of a part ends at the size that was told, so that the lie makes it damaged."""
    bomb = samples.with_part("word/document.xml", BODY % (b" " * 150 * 1024 * 1024), told_size=1000)

    assert code_of(bomb) == "broken"


def test_an_archive_of_too_many_parts() -> None:
    file = io.BytesIO(samples.word_file())
    with zipfile.ZipFile(file, "a") as archive:
        for number in range(6000):
            archive.writestr(f"word/{number}.xml", "")

    assert code_of(file.getvalue()) == "bomb"


@pytest.mark.parametrize(
    "document",
    [
        b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
        b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">'
        b'<!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;"><!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;">]>'
        + BODY
        % b"<w:p><w:r><w:t>&e;</w:t></w:r></w:p>",
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
        + BODY % b"<w:p><w:r><w:t>&e;</w:t></w:r></w:p>",
        BODY % (b"<w:sdt><w:sdtContent>" * 100_000),
        BODY % (b"<w:tbl><w:tr><w:tc>" * 50 + b"</w:tc></w:tr></w:tbl>" * 50),
        b"no XML",
        b"",
    ],
)
def test_xml_that_means_harm_gives_no_text(document: bytes) -> None:
    assert code_of(samples.with_part("word/document.xml", document)) in ("broken", "empty")


def test_a_torn_file() -> None:
    assert code_of(samples.word_file()[:3000]) in ("broken", "wrong_type")


def test_a_document_with_a_password_is_an_office_file_of_another_kind() -> None:
    name = "EncryptedPackage".encode("utf-16-le")
    content = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 1000 + name + b"\0" * 1000

    assert code_of(content) == "encrypted"
    assert code_of(content.replace(name, b"")) == "wrong_type"


def test_much_text_has_an_end() -> None:
    document = BODY % (b"<w:p><w:r><w:t>%s</w:t></w:r></w:p>" % (b"x" * 1000) * 50)

    assert (
        code_of(samples.with_part("word/document.xml", document), limits=Limits(characters=20_000))
        == "too_much_text"
    )
