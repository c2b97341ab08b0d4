"""Editors add, change and remove sources: each kind asks for what it needs, bad input gets words."""

import os

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import AuditEntry
from chatbot.knowledge.models import Document, IndexJob, KnowledgeChange, KnowledgeSettings, Source
from chatbot.knowledge.upload_limit import LimitedUploadHandler

pytestmark = pytest.mark.django_db
SOURCES = "/admin/knowledge/source/"


@pytest.fixture
def page(client: Client, editor) -> Client:
    client.force_login(editor)
    return client


def add(page, site, kind, **fields):
    return page.post(f"{SOURCES}add/?kind={kind}", {"site": site.pk, "name": "Lamps", **fields})


def test_a_text_is_added_changed_and_removed(page, site, editor):
    add(page, site, "text", text="# Delivery\r\n\r\nThree days.")

    source = Source.objects.get()
    assert (source.kind, source.created_by, source.documents.get().text) == (
        "text",
        editor,
        "# Delivery\n\nThree days.",
    )
    assert IndexJob.objects.get().state == "waiting"
    page.post(f"{SOURCES}{source.pk}/change/", {"name": "Lamps", "text": "Five days.", "is_enabled": "on"})
    assert source.documents.get().text == "Five days."
    page.post(f"{SOURCES}{source.pk}/delete/", {"post": "yes"})
    assert not Source.objects.exists() and not Document.objects.exists()
    kinds = AuditEntry.objects.filter(kind__startswith="knowledge.").order_by("number")
    assert [entry.kind.rpartition(".")[2] for entry in kinds] == [
        "source_added",
        "source_changed",
        "source_removed",
    ]


def test_many_files_are_taken_at_once(page, site):
    files = [SimpleUploadedFile("a.txt", b"Ash."), SimpleUploadedFile("b.md", b"Brass.")]

    add(page, site, "file", uploaded=files)

    assert set(Document.objects.values_list("file_name", "size", "status")) == {
        ("a.txt", 4, "waiting"),
        ("b.md", 6, "waiting"),
    }


@pytest.mark.parametrize(
    ("name", "size", "words"),
    [("big.pdf", 3 * 1024 * 1024, "3 MiB"), ("lamp.png", 10, "of no type"), ("empty.txt", 0, "empty")],
)
def test_a_file_that_cannot_be_taken_is_refused_by_name(page, site, settings, name, size, words):
    settings.KNOWLEDGE_FILE_MIB = 2

    response = add(page, site, "file", uploaded=[SimpleUploadedFile(name, b"x" * size)])

    assert response.status_code == 200
    assert words in str(response.context["adminform"].form.errors["uploaded"])
    assert not Source.objects.exists()


def test_of_a_huge_file_no_more_than_the_limit_is_written(settings):
    settings.KNOWLEDGE_FILE_MIB = 1
    chunk = 1 << 16
    handler = LimitedUploadHandler()
    handler.new_file("uploaded", "big.txt", "text/plain", None)

    for start in range(0, 6 << 20, chunk):
        handler.receive_data_chunk(b"x" * chunk, start)
    with handler.file_complete(6 << 20) as file:
        assert file.size == 6 << 20
        assert os.fstat(file.fileno()).st_size <= (1 << 20) + chunk


@pytest.mark.parametrize("url", ["ftp://lumen.example/", "lumen", "https://me:secret@lumen.example/", ""])
def test_an_address_that_is_none_is_refused(page, site, url):
    response = add(page, site, "page", url=url, refresh="daily")

    assert "url" in response.context["adminform"].form.errors
    assert not Source.objects.exists()


def test_a_crawl_is_asked_for_at_once_and_planned(page, site):
    fields = {"url": "https://lumen.example/", "max_depth": 1, "max_pages": 5, "refresh": "weekly"}

    add(page, site, "crawl", **fields)

    source = Source.objects.get()
    assert source.refresh_at is not None
    assert IndexJob.objects.get().whole


def test_a_source_that_is_switched_off_is_told_to_searches(page, site):
    add(page, site, "text", text="Three days.")
    source = Source.objects.get()
    KnowledgeChange.objects.all().delete()

    page.post(f"{SOURCES}{source.pk}/change/", {"name": "Lamps", "text": "Three days."})

    source.refresh_from_db()
    assert not source.is_enabled
    assert KnowledgeChange.objects.filter(document_id=source.documents.get().pk).exists()


def test_a_job_tells_how_far_it_is_and_is_stopped(page, site):
    add(page, site, "text", text="Three days.")
    job = IndexJob.objects.get()
    IndexJob.objects.update(state="running", done=3, total=12, started_at=job.created_at)

    fragment = page.get(f"/admin/knowledge/indexjob/{job.pk}/progress/").content.decode()
    assert "3 of 12" in fragment and 'value="25"' in fragment and "every 2s" in fragment
    page.post(f"/admin/knowledge/indexjob/{job.pk}/cancel/")
    job.refresh_from_db()
    assert job.cancel_requested


def test_a_document_that_failed_says_why(page, site):
    add(page, site, "file", uploaded=[SimpleUploadedFile("a.pdf", b"%PDF-")])
    Document.objects.update(status="failed", error="encrypted")

    for address in (f"{SOURCES}{Source.objects.get().pk}/change/", "/admin/knowledge/document/"):
        assert "protected with a password" in page.get(address).content.decode()
    page.post(f"/admin/knowledge/document/{Document.objects.get().pk}/again/")
    assert Document.objects.get().status == "waiting"


def test_thresholds_the_wrong_way_round_are_refused(page, site):
    fields = {"site": site.pk, "mode": "", "low_threshold": "0.8", "strong_threshold": "0.2"}

    response = page.post("/admin/knowledge/knowledgesettings/add/", fields)

    assert "strong_threshold" in response.context["adminform"].form.errors
    assert not KnowledgeSettings.objects.exists()


@pytest.mark.parametrize("role", ["operator", "viewer", "stranger"])
def test_others_change_nothing(client, request, page, site, role):
    add(page, site, "text", text="Three days.")
    source, job, document = Source.objects.get(), IndexJob.objects.get(), Document.objects.get()
    client.force_login(request.getfixturevalue(role))

    for address in (
        f"{SOURCES}{source.pk}/read/",
        f"{SOURCES}{source.pk}/delete/",
        f"/admin/knowledge/indexjob/{job.pk}/cancel/",
        f"/admin/knowledge/document/{document.pk}/again/",
        f"/admin/knowledge/document/{document.pk}/delete/",
    ):
        # Django's admin leads to its front page from a row that is not there.
        assert client.post(address, {"post": "yes"}).status_code in (302, 403, 404)
    add(client, site, "text", text="Mine.")
    job.refresh_from_db()
    assert (job.state, Source.objects.count(), Document.objects.count()) == ("waiting", 1, 1)
