"""Whoever runs the installation asks for exports and downloads them; nobody else learns of any."""

import pytest
from django.test import Client

from accounts.models import AuditEntry
from chatbot.workshop.models import Export
from tests.chatbot.workshop.exports.conftest import worked
from tests.export_program import CONTENT

pytestmark = pytest.mark.django_db

EXPORTS = "/admin/workshop/export/"


def test_an_export_is_asked_for_and_watched(browser, version):
    form = browser.get(f"{EXPORTS}add/?version={version.pk}&format=gguf").content.decode()
    assert f'<option value="{version.pk}" selected>' in form

    page = browser.post(f"{EXPORTS}add/", {"version": version.pk, "format": "gguf"}, follow=True)

    export = Export.objects.get()
    assert page.redirect_chain[-1][0] == f"{EXPORTS}{export.pk}/change/"
    assert "Waits for the worker." in page.content.decode()
    part = browser.get(f"{EXPORTS}{export.pk}/progress/").content.decode()
    assert "tiny@1 as GGUF" in part and "Cancel" in part


def test_a_format_that_it_does_not_have_is_refused_in_words(browser, version):
    page = browser.post(f"{EXPORTS}add/", {"version": version.pk, "format": "onnx"}, follow=True)

    assert "cannot be exported in this format, only as hf, gguf" in page.content.decode()
    assert not Export.objects.exists()


def test_asked_for_twice_it_leads_to_the_one_that_waits(browser, export, version):
    page = browser.post(f"{EXPORTS}add/", {"version": version.pk, "format": "gguf"}, follow=True)

    assert page.redirect_chain[-1][0] == f"{EXPORTS}{export.pk}/change/"
    assert Export.objects.count() == 1


def test_the_page_shows_size_and_checksum_and_the_file_is_downloaded(browser, export, administrator):
    export = worked(export)
    page = browser.get(f"{EXPORTS}{export.pk}/change/").content.decode()
    assert export.sha256 in page and "tiny-1.gguf" in page and "16.0" in page

    answer = browser.get(f"{EXPORTS}{export.pk}/download/")

    assert answer.getvalue() == CONTENT
    assert answer["Content-Disposition"] == 'attachment; filename="tiny-1.gguf"'
    assert answer["ETag"] == f'"{export.sha256}"'
    taken = AuditEntry.objects.get(kind="workshop.export_downloaded")
    assert (taken.actor_id, taken.all_data["file"]) == (administrator.pk, "tiny-1.gguf")


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-99", 0, 100), ("bytes=16000-", 16000, 16384), ("bytes=-10", 16374, 16384)],
)
def test_an_interrupted_download_goes_on(asked, start, end, browser, export):
    worked(export)

    answer = browser.get(f"{EXPORTS}{export.pk}/download/", headers={"Range": asked})

    assert (answer.status_code, answer.getvalue()) == (206, CONTENT[start:end])
    assert answer["Content-Range"] == f"bytes {start}-{end - 1}/16384"
    assert answer["Content-Length"] == str(end - start)


def test_it_begins_anew_where_the_file_is_another_one(browser, export):
    worked(export)
    headers = {"Range": "bytes=100-", "If-Range": '"another"'}

    answer = browser.get(f"{EXPORTS}{export.pk}/download/", headers=headers)

    assert (answer.status_code, len(answer.getvalue())) == (200, len(CONTENT))


def test_a_part_that_there_is_not_gets_416(browser, export):
    worked(export)

    answer = browser.get(f"{EXPORTS}{export.pk}/download/", headers={"Range": "bytes=16384-"})

    assert (answer.status_code, answer["Content-Range"]) == (416, "bytes */16384")


@pytest.mark.parametrize("asked", ["bytes=5-1", "bytes=-", "lines=1-2", "bytes=0-1,4-5", "bytes=" + "9" * 99])
def test_a_range_that_makes_no_sense_is_passed_over(asked, browser, export):
    worked(export)

    answer = browser.get(f"{EXPORTS}{export.pk}/download/", headers={"Range": asked})

    assert (answer.status_code, len(answer.getvalue())) == (200, len(CONTENT))


def test_its_size_is_told_without_the_file(browser, export):
    worked(export)

    answer = browser.head(f"{EXPORTS}{export.pk}/download/")

    assert (answer.status_code, answer["Content-Length"]) == (200, str(len(CONTENT)))
    assert not AuditEntry.objects.filter(kind="workshop.export_downloaded").exists()


def test_a_removed_file_is_gone_and_the_page_offers_another_export(
    browser, export, folders, django_capture_on_commit_callbacks
):
    worked(export)

    with django_capture_on_commit_callbacks(execute=True):
        page = browser.post(f"{EXPORTS}{export.pk}/remove/", follow=True).content.decode()

    assert "Export again" in page and not list((folders / "exports").glob("*"))
    assert browser.get(f"{EXPORTS}{export.pk}/download/").status_code == 404


@pytest.mark.parametrize("person", ["owner", "editor", "operator", "viewer", "stranger"])
def test_nobody_else_reaches_a_file(person, request, export):
    worked(export)
    other = Client()
    other.force_login(request.getfixturevalue(person))

    for address in ("", "add/", f"{export.pk}/change/", f"{export.pk}/progress/", f"{export.pk}/download/"):
        assert other.get(EXPORTS + address).status_code in (302, 403, 404), address
    for act in ("cancel", "remove"):
        assert other.post(f"{EXPORTS}{export.pk}/{act}/").status_code in (302, 403, 404)
    assert Export.objects.get().is_there


def test_a_program_that_is_not_signed_in_gets_no_file(export):
    worked(export)

    assert Client().get(f"{EXPORTS}{export.pk}/download/").status_code == 302
