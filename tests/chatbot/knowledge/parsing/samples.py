"""Files as people upload them, made here."""

import io
import struct
import zipfile
import zlib
from collections.abc import Sequence

import docx
from docx.enum.style import WD_STYLE_TYPE
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas


def pdf(
    pages: Sequence[tuple[str, Sequence[str]]],
    *,
    password: str = "",
    title: str = "",
    outline: bool = True,
    margins: tuple[str, str] = ("", ""),
) -> bytes:
    """Return a PDF with a heading, which is in the outline, and lines on each page."""
    file = io.BytesIO()
    encryption = StandardEncryption(password, strength=128) if password else None
    canvas = Canvas(file, encrypt=encryption)
    if title:
        canvas.setTitle(title)
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    for number, (heading, lines) in enumerate(pages, 1):
        canvas.setFont("STSong-Light", 12)
        if outline:
            canvas.bookmarkPage(str(number))
            canvas.addOutlineEntry(heading, str(number), 0)
        canvas.drawString(60, 820, margins[0])
        for place, line in enumerate([heading, *lines]):
            canvas.drawString(60, 780 - 16 * place, line)
        canvas.drawString(60, 20, margins[1].format(number))
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def scan() -> bytes:
    """Return a PDF whose page is a picture."""
    file = io.BytesIO()
    canvas = Canvas(file)
    canvas.rect(60, 60, 300, 300, fill=1)
    canvas.showPage()
    canvas.save()
    return file.getvalue()


def word_file() -> bytes:
    """Return a DOCX with headings, a list, a table, hidden text and a title."""
    document = docx.Document()
    document.core_properties.title = "Ignored, because the text has its own"
    document.add_heading("Handbook", 0)
    document.add_paragraph("Before any heading.")
    document.add_heading("Returns", 1)
    paragraph = document.add_paragraph("Within 30 days. ")
    paragraph.add_run("hidden words").font.hidden = True
    document.add_heading("How", 2)
    for entry in ("Pack it", "Send it"):
        document.add_paragraph(entry, style="List Bullet")
    document.add_heading("Shipping", 1)
    table = document.add_table(rows=2, cols=2)
    for row, cells in enumerate((("Country", "Days"), ("Norway", "5"))):
        for column, text in enumerate(cells):
            table.cell(row, column).text = text
    table.cell(1, 1).add_table(rows=1, cols=1).cell(0, 0).text = "within the table"
    own = document.styles.add_style("Own", WD_STYLE_TYPE.PARAGRAPH)
    own.base_style = document.styles["Normal"]
    document.add_paragraph("最后一段。", style="Own")
    return saved(document)


def saved(document: "docx.document.Document") -> bytes:
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def with_part(name: str, content: bytes, *, told_size: int | None = None) -> bytes:
    """Return a DOCX with one part replaced, whose size the archive's directory may tell wrongly."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(word_file())) as old,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for entry in old.namelist():
            if entry != name:
                new.writestr(entry, old.read(entry))
        new.writestr(name, content)
    data = file.getvalue()
    if told_size is not None:
        real = struct.pack("<L", len(content))
        data = data.replace(real, struct.pack("<L", told_size))
    return data


def packed_gigabyte() -> bytes:
    """Return a raw DEFLATE stream of a gigabyte of spaces; it is a megabyte long."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    megabyte = b" " * 1024 * 1024
    return b"".join(packer.compress(megabyte) for _each in range(1024)) + packer.flush()
