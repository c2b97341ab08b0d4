"""The figures as files: the right ones, for whoever may read them, safe to open, and recorded."""

import csv
import io
import zipfile

import pytest
from django.test import Client
from django.utils import timezone
from lxml import etree

from accounts.models import AuditEntry
from chatbot.analytics.models import DailyFigures
from tests.chatbot.analytics.dashboard.past import known_history

pytestmark = pytest.mark.django_db

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def lines(client: Client, **query: str) -> list[dict[str, str]]:
    response = client.get("/admin/analytics/figures.csv", query)
    assert response.status_code == 200
    text = response.content.decode()
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:])))


def sheets(content: bytes) -> dict[str, list[list[str]]]:
    """Return the cells of each sheet of a workbook as its file has them."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        shared = ["".join(item.itertext()) for item in etree.fromstring(book.read("xl/sharedStrings.xml"))]
        names = [
            sheet.get("name")
            for sheet in etree.fromstring(book.read("xl/workbook.xml")).iter(f"{SHEET}sheet")
        ]
        found = {}
        for number, name in enumerate(names, start=1):
            rows = etree.fromstring(book.read(f"xl/worksheets/sheet{number}.xml")).iter(f"{SHEET}row")
            found[str(name)] = [[_value(cell, shared) for cell in row] for row in rows]
    return found


def _value(cell: etree._Element, shared: list[str]) -> str:
    assert cell.find(f"{SHEET}f") is None, "a cell is a formula"
    value = cell.findtext(f"{SHEET}v", "")
    return shared[int(value)] if cell.get("t") == "s" else value


def test_csv_has_the_period_its_days_and_each_dimension(client: Client, site, editor):
    known_history(site, timezone.now())
    client.force_login(editor)

    found = lines(client, period="7")

    whole, before = [line for line in found if line["dimension"] == "period"]
    assert (whole["conversations"], before["conversations"]) == ("5", "2")
    assert (whole["resolved"], whole["resolved_count"]) == ("0.4", "2")
    days = [line for line in found if line["dimension"] == "day"]
    assert len(days) == 7 and sum(int(line["conversations"]) for line in days) == 5
    by_language = {line["value"]: line for line in found if line["dimension"] == "language"}
    assert by_language["English"]["conversations"] == "3"
    assert {"hour", "label", "prompt", "model"} <= {line["dimension"] for line in found}
    # Nothing to divide by is no zero.
    assert days[0]["rating"] == ""


def test_the_workbook_has_a_sheet_for_each_part_and_the_meanings(client: Client, site, editor):
    known_history(site, timezone.now())
    client.force_login(editor)

    response = client.get("/admin/analytics/figures.xlsx", {"period": "7"})

    found = sheets(response.content)
    assert [*found][:3] == ["Period", "Day", "Hour"] and [*found][-1] == "What the figures mean"
    heads, whole, before = found["Period"]
    assert dict(zip(heads, whole, strict=False))["Conversations"] == "5"
    assert dict(zip(heads, before, strict=False))["Conversations"] == "2"
    assert len(found["Day"]) == 8
    assert [row[0] for row in found["Label"][1:]] == ["Returns"]


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@x", "\t=1", " =1", "=cmd|'/c calc'!A1"])
def test_no_cell_becomes_a_formula(client: Client, site, editor, value):
    DailyFigures.objects.create(
        site=site, day=timezone.localdate(), dimension="model", value=value, conversations=1
    )
    client.force_login(editor)

    (cell,) = [line["value"] for line in lines(client) if line["dimension"] == "model"]
    assert cell == f"'{value}"
    book = client.get("/admin/analytics/figures.xlsx").content
    assert sheets(book)["Language model version"][1][0].strip() == value.strip()


def test_a_file_is_named_by_site_and_days(client: Client, site, editor):
    client.force_login(editor)

    response = client.get("/admin/analytics/figures.csv", {"first": "2026-01-01", "last": "2026-01-31"})

    assert response.headers["Content-Disposition"] == (
        'attachment; filename="lumen-lamps-2026-01-01-2026-01-31.csv"'
    )


def test_an_export_is_recorded(client: Client, site, editor):
    client.force_login(editor)

    client.get("/admin/analytics/figures.xlsx", {"first": "2026-01-01", "last": "2026-01-31"})

    entry = AuditEntry.objects.get(kind="figures.exported")
    assert (entry.actor_id, entry.site_id) == (editor.pk, site.pk)
    assert entry.describe() == "editor exported the figures of Lumen Lamps from 2026-01-01 to 2026-01-31"


@pytest.mark.parametrize("address", ["figures.pdf", "figures.csv?first=soon", "figures.csv?site=0"])
def test_what_cannot_be_exported_does_not_exist(client: Client, site, editor, address):
    client.force_login(editor)

    assert client.get(f"/admin/analytics/{address}").status_code == 404


def test_a_stranger_gets_no_file(client: Client, site, stranger):
    known_history(site, timezone.now())
    client.force_login(stranger)

    assert client.get("/admin/analytics/figures.csv", {"site": site.pk}).status_code == 404
