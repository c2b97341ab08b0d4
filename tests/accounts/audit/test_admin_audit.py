import csv
import io

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.test import AsyncClient, Client

from accounts.audit import record
from accounts.audit_export import csv_pieces, safe_cell
from accounts.models import AuditEntry

pytestmark = pytest.mark.django_db

LIST = "/admin/accounts/auditentry/"


@pytest.fixture
def entries(owner, operator, administrator, site, other_site) -> dict[str, AuditEntry]:
    return {
        "blue": record("test.lamp_lit", by=owner, site=site, about=operator, colour="blue", email="a@x.org"),
        "red": record("test.lamp_lit", by=operator, site=site, network="203.0.113.7", colour="red"),
        "broken": record("test.lamp_broken", by=operator, site=site),
        "elsewhere": record("test.lamp_lit", by=administrator, site=other_site, colour="green"),
        "nowhere": record("test.lamp_broken", by=administrator),
    }


def listed(client: Client, **query: str) -> list[int]:
    response = client.get(LIST, query)
    assert response.status_code == 200
    return [entry.number for entry in response.context["cl"].result_list]


def exported(client: Client, query: str = "") -> list[dict[str, str]]:
    response = client.post(f"{LIST}export/{query}")
    assert response.status_code == 200
    return list(csv.DictReader(io.StringIO(response.getvalue().decode("utf-8-sig"))))


def test_an_owner_reads_the_entries_of_the_own_site_newest_first(client: Client, entries, owner):
    client.force_login(owner)

    assert listed(client) == [3, 2, 1]
    page = client.get(LIST).content.decode()
    assert "operator lit – on Lumen Lamps with red light" in page
    assert "green" not in page


def test_a_superuser_reads_all_of_them(client: Client, entries, administrator):
    client.force_login(administrator)

    assert listed(client) == [5, 4, 3, 2, 1]


@pytest.mark.parametrize("role", ["editor", "operator", "viewer"])
def test_other_roles_have_no_audit_record(client: Client, request, entries, role):
    client.force_login(request.getfixturevalue(role))

    assert client.get(LIST).status_code == 403
    assert client.post(f"{LIST}export/").status_code == 403
    assert client.get(f"{LIST}1/change/").status_code in (302, 403)
    assert "Audit record" not in client.get("/admin/").content.decode()


def test_the_owner_of_another_site_sees_nothing_of_this_one(client: Client, entries, stranger):
    client.force_login(stranger)

    assert listed(client) == [4]
    assert client.get(f"{LIST}1/change/").status_code == 302
    assert [row["number"] for row in exported(client)] == ["4"]


def test_filters_narrow_by_kind_site_person_and_date(
    client: Client, entries, administrator, operator, other_site
):
    client.force_login(administrator)

    assert listed(client, kind="test.lamp_broken") == [5, 3]
    assert listed(client, site=str(other_site.pk)) == [4]
    assert listed(client, person=str(operator.pk)) == [3, 2]
    assert listed(client, when__gte="2100-01-01 00:00:00+00:00") == []
    assert listed(client, q="203.0.113") == [2]


def test_the_page_of_an_entry_shows_its_details_and_hashes(client: Client, entries, owner):
    client.force_login(owner)

    page = client.get(f"{LIST}1/change/").content.decode()

    for fact in ("Lit a lamp", "a@x.org", "accounts.user", entries["blue"].hash, "0" * 64):
        assert fact in page


def test_what_a_person_wrote_is_never_html(client: Client, owner, site):
    record("test.lamp_lit", by=owner, site=site, colour="<script>alert(1)</script>")
    client.force_login(owner)

    for address in (LIST, f"{LIST}1/change/"):
        assert "<script>alert" not in client.get(address).content.decode()


def test_nobody_changes_an_entry_here(client: Client, entries, administrator):
    client.force_login(administrator)

    assert client.post(f"{LIST}1/change/", {"kind": "x"}).status_code == 403
    assert client.post(f"{LIST}1/delete/", {"post": "yes"}).status_code == 403
    assert client.get(f"{LIST}add/").status_code == 403


def test_the_export_has_what_the_filters_leave_and_is_recorded(client: Client, entries, owner, site):
    client.force_login(owner)

    rows = exported(client, "?kind=test.lamp_lit")

    assert [(row["number"], row["person"], row["network"]) for row in rows] == [
        ("2", "operator", "203.0.113.7"),
        ("1", "owner", ""),
    ]
    assert rows[1]["data"] == '{"colour": "blue", "email": "a@x.org"}'
    assert rows[1]["hash"] == entries["blue"].hash
    act = AuditEntry.objects.get(kind="audit.exported")
    assert (act.actor, act.site) == (owner, site)
    assert act.all_data == {"entries": 2, "filters": "kind=test.lamp_lit"}
    assert act.describe() == "owner exported 2 entries of the audit record"


def test_following_a_link_exports_nothing(client: Client, entries, owner):
    client.force_login(owner)

    assert client.get(f"{LIST}export/").status_code == 405
    assert not AuditEntry.objects.filter(kind="audit.exported").exists()


def test_an_export_speaks_the_readers_language(client: Client, entries, owner):
    client.force_login(owner)
    exported(client)

    response = client.post(f"{LIST}export/?kind=audit.exported", headers={"Accept-Language": "zh-hans"})

    assert "审计记录" in response.getvalue().decode()


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1"])
def test_a_spreadsheet_computes_no_cell(text):
    assert safe_cell(text) == "'" + text


def test_plain_text_stays_as_it_is():
    assert safe_cell("a=b, 1 - 2") == "a=b, 1 - 2"


@pytest.mark.parametrize("batch", [1, 2, 5])
def test_every_entry_is_exported_once_in_batches_of_any_size(entries, batch):
    text = "".join(csv_pieces(AuditEntry.objects.all(), "en", batch))

    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    assert [row["number"] for row in rows] == ["5", "4", "3", "2", "1"]


@pytest.mark.django_db(transaction=True)
async def test_the_web_server_gets_the_same_file(async_client: AsyncClient, entries, owner):
    await async_client.aforce_login(owner)

    response = await async_client.post(f"{LIST}export/")

    text = b"".join([piece async for piece in response.streaming_content]).decode("utf-8-sig")
    await sync_to_async(connections.close_all)()
    assert [row["number"] for row in csv.DictReader(io.StringIO(text))] == ["3", "2", "1"]
