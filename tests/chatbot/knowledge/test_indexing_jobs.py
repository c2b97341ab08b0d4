"""Jobs bring a source up to date: each document for itself, all of a document or nothing."""

import os
from datetime import timedelta
from io import BytesIO

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from chatbot.knowledge import uploads
from chatbot.knowledge.adding import put_file, put_text, read_again
from chatbot.knowledge.curated import add_answer, change_answer
from chatbot.knowledge.document_reading import read_stored
from chatbot.knowledge.indexing import Outdated, index
from chatbot.knowledge.job_queue import ask, ask_for_due_refreshes, look_after_jobs, plan_refresh
from chatbot.knowledge.models import Document, IndexJob, Passage, PassageVector, Source
from chatbot.knowledge.models.index_jobs import TakenOver
from chatbot.knowledge.refreshing import run
from chatbot.knowledge.removing import remove_source
from tests.scripted_encoder import MAIN

pytestmark = pytest.mark.django_db


def source_of(site, kind="text", **facts):
    return Source.objects.create(site=site, kind=kind, name="Lamps", **facts)


def work(source, whole=False):
    job = IndexJob.objects.claim(ask(source, whole=whole).public_id)
    assert job is not None
    run(job)
    job.refresh_from_db()
    return job


def texts(source):
    return list(Passage.objects.filter(document__source=source).values_list("text", flat=True))


def test_a_text_becomes_passages_with_vectors(site, model_server):
    source = source_of(site)
    document = put_text(
        source, "Delivery", "# Delivery\n\nIt takes three days.\n\n# Returns\n\nWithin 60 days."
    )

    job = work(source)

    assert (job.state, job.done, job.total, job.failed) == ("done", 1, 1, 0)
    document.refresh_from_db()
    assert document.status == "ready" and document.indexed_at is not None
    assert [(p.heading, p.text) for p in document.passages.all()] == [
        ("Delivery", "It takes three days."),
        ("Returns", "Within 60 days."),
    ]
    assert PassageVector.objects.filter(passage__document=document).count() == 2


def test_a_curated_answer_has_a_passage_for_each_phrasing(site, editor, model_server):
    answer = add_answer(site, ["How long is delivery?", " 送货要多久？ ", ""], "Two to four days.", editor)

    work(answer.source)

    passages = answer.passages.all()
    assert [p.question for p in passages] == ["How long is delivery?", "送货要多久？"]
    assert {p.text for p in passages} == {"Two to four days."}
    assert model_server.texts == ["How long is delivery?", "送货要多久？"]


def test_what_did_not_change_is_neither_encoded_nor_replaced(site, model_server):
    source = source_of(site)
    document = put_text(source, "Delivery", "It takes three days.")
    work(source)
    before = list(document.passages.values_list("pk", flat=True))
    model_server.requests.clear()

    Document.objects.update(status="waiting")
    job = work(source)

    assert job.state == "done"
    assert model_server.texts == []
    assert list(document.passages.values_list("pk", flat=True)) == before
    document.refresh_from_db()
    assert document.status == "ready"


def test_a_file_that_cannot_be_read_fails_alone_and_keeps_its_passages(site, model_server):
    source = source_of(site, "file")
    good = put_file(source, "good.txt", BytesIO(b"Lamps of ash."))
    bad = put_file(source, "bad.txt", BytesIO(b"Shades of linen."))
    work(source)
    put_file(source, "bad.txt", BytesIO(b"%PDF-1.4 not a text at all"))
    put_file(source, "good.txt", BytesIO(b"Lamps of oak."))

    job = work(source)

    assert (job.state, job.done, job.failed) == ("done", 2, 1)
    good.refresh_from_db()
    bad.refresh_from_db()
    assert (good.status, bad.status, bad.error) == ("ready", "failed", "wrong_type")
    assert sorted(texts(source)) == ["Lamps of oak.", "Shades of linen."]


def test_while_the_encoder_is_away_the_job_waits_and_nothing_is_half_done(site, model_server):
    source = source_of(site)
    put_text(source, "Delivery", "It takes three days.")
    work(source)
    put_text(source, "Delivery", "It takes five days.")
    model_server.refused = {MAIN}

    job = work(source)

    assert (job.state, job.message) == ("waiting", "encoder_away")
    assert texts(source) == ["It takes three days."]
    model_server.refused = set()
    assert look_after_jobs() == [job.public_id]
    again = IndexJob.objects.claim(job.public_id)
    run(again)
    assert texts(source) == ["It takes five days."]


def test_words_changed_while_they_were_read_are_not_called_read(site, editor, model_server):
    answer = add_answer(site, ["Delivery?"], "Three days.", editor)
    reading = read_stored(answer)
    change_answer(Document.objects.get(pk=answer.pk), ["Delivery?"], "Five days.", editor)

    with pytest.raises(Outdated):
        index(answer, reading)

    answer.refresh_from_db()
    assert (answer.status, answer.text, answer.passages.count()) == ("waiting", "Five days.", 0)


def test_who_asks_twice_gets_one_job(site):
    source = source_of(site, "crawl", url="https://lumen.example/")

    first, second = ask(source), ask(source, whole=True)

    assert first.pk == second.pk
    assert IndexJob.objects.get().whole


def test_two_jobs_of_a_source_never_run_at_once(site):
    source = source_of(site)
    running = IndexJob.objects.claim(ask(source).public_id)
    waiting = ask(source)

    assert waiting.pk != running.pk
    assert IndexJob.objects.claim(waiting.public_id) is None
    assert IndexJob.objects.claim(running.public_id) is None
    with pytest.raises(IntegrityError), transaction.atomic():
        IndexJob.objects.filter(pk=waiting.pk).update(state="running")
    running.finish()
    assert IndexJob.objects.claim(waiting.public_id).pk == waiting.pk


def test_a_job_whose_worker_died_is_done_by_another_one(site, model_server):
    source = source_of(site)
    put_text(source, "Delivery", "It takes three days.")
    dead = IndexJob.objects.claim(IndexJob.objects.get().public_id)
    IndexJob.objects.update(touched_at=timezone.now() - timedelta(minutes=6))

    assert look_after_jobs() == [dead.public_id]
    other = IndexJob.objects.claim(dead.public_id)
    with pytest.raises(TakenOver):
        dead.step(1)
    run(other)

    dead.finish(IndexJob.State.FAILED, "crashed")
    other.refresh_from_db()
    assert other.state == "done"
    assert texts(source) == ["It takes three days."]


def test_a_job_stops_before_the_next_document(site, model_server):
    source = source_of(site)
    for number in range(3):
        put_text(source, f"Text {number}", f"Lamp {number}.")
    job = IndexJob.objects.claim(IndexJob.objects.get().public_id)
    job.cancel()

    run(job)

    job.refresh_from_db()
    assert job.state == "cancelled"
    assert texts(source) == []
    assert Document.objects.filter(status="waiting").count() == 3


def test_a_job_that_only_waits_is_cancelled_at_once(site):
    job = ask(source_of(site))

    job.cancel()

    assert IndexJob.objects.claim(job.public_id) is None
    assert IndexJob.objects.get().state == "cancelled"


def test_reading_again_encodes_what_did_not_change(site, editor, model_server):
    source = source_of(site)
    document = put_text(source, "Delivery", "It takes three days.")
    work(source)
    model_server.requests.clear()

    document.refresh_from_db()
    read_again(document, editor)
    work(source)

    assert len(model_server.texts) == 1


def test_a_crawl_keeps_what_is_the_same_and_removes_what_is_gone(site, model_server, company):
    company.page("/", "<title>Start</title><p>Lamps for desks.</p><a href='/a'>a</a><a href='/b'>b</a>")
    company.page("/a", "<title>A</title><p>Page A tells of ash wood.</p>")
    company.page("/b", "<title>B</title><p>Page B tells of brass.</p>")
    source = source_of(site, "crawl", url=f"{company.url}/")
    job = work(source, whole=True)
    assert (job.state, job.done) == ("done", 3)
    kept = Document.objects.get(url__endswith="/a").passages.get().pk

    company.page("/", "<title>Start</title><p>Lamps for floors.</p><a href='/a'>a</a>")
    del company.pages["/b"]
    work(source, whole=True)

    assert {document.url.rpartition("/")[2] for document in source.documents.all()} == {"", "a"}
    assert Document.objects.get(url__endswith="/a").passages.get().pk == kept
    assert any("floors" in text for text in texts(source))


def test_a_crawl_that_reads_nothing_removes_nothing(site, model_server, company):
    company.page("/", "<title>Start</title><p>Lamps for desks.</p>")
    source = source_of(site, "crawl", url=f"{company.url}/")
    work(source, whole=True)
    company.pages.clear()

    job = work(source, whole=True)

    assert (job.state, job.message) == ("failed", "no_pages")
    assert len(texts(source)) == 1
    assert source.documents.get().error == "not_found"


def test_a_page_that_only_fails_now_keeps_its_passages(site, model_server, company):
    company.page("/", "<title>Start</title><p>Lamps for desks.</p><a href='/a'>a</a>")
    company.page("/a", "<title>A</title><p>Page A tells of ash wood.</p>")
    source = source_of(site, "crawl", url=f"{company.url}/")
    work(source, whole=True)
    company.page("/a", "", status=500)

    job = work(source, whole=True)

    assert (job.state, job.failed) == ("done", 1)
    assert any("ash wood" in text for text in texts(source))
    assert Document.objects.get(url__endswith="/a").error == "failed"


def test_a_private_address_is_refused_by_name(site, model_server, settings):
    settings.KNOWLEDGE_ALLOWED_NETWORKS = []
    source = source_of(site, "page", url="http://127.0.0.1/")

    job = work(source, whole=True)

    problems = {job.message, *source.documents.values_list("error", flat=True)}
    assert "private_address" in problems
    assert texts(source) == []


def test_sources_are_read_again_when_it_is_time(site, asked, django_capture_on_commit_callbacks):
    daily = source_of(site, "page", url="https://lumen.example/", refresh="daily")
    plan_refresh(daily)
    assert ask_for_due_refreshes() == 0
    Source.objects.update(refresh_at=timezone.now() - timedelta(minutes=1))

    with django_capture_on_commit_callbacks(execute=True):
        assert ask_for_due_refreshes() == 1

    daily.refresh_from_db()
    assert daily.refresh_at > timezone.now() + timedelta(hours=23)
    assert asked == [IndexJob.objects.get(whole=True).public_id]


def test_a_source_takes_its_files_along(site, django_capture_on_commit_callbacks):
    source = source_of(site, "file")
    document = put_file(source, "lamps.txt", BytesIO(b"Lamps of ash."))
    path = uploads.path_of(document.public_id)
    assert path.read_bytes() == b"Lamps of ash." and path.stat().st_mode & 0o077 == 0

    with django_capture_on_commit_callbacks(execute=True):
        remove_source(source)

    assert not path.exists()
    assert not Document.objects.exists()


def test_files_of_documents_that_went_with_their_site_are_swept(site, other_site):
    gone = put_file(source_of(site, "file"), "gone.txt", BytesIO(b"gone"))
    kept = put_file(source_of(other_site, "file"), "kept.txt", BytesIO(b"kept"))
    young = put_file(source_of(other_site, "file"), "young.txt", BytesIO(b"young"))
    for document in (gone, kept):
        os.utime(uploads.path_of(document.public_id), (0, 0))
    Document.objects.filter(pk__in=(gone.pk, young.pk)).delete()

    assert uploads.sweep() == 1
    assert [uploads.path_of(d.public_id).exists() for d in (gone, kept, young)] == [False, True, True]
