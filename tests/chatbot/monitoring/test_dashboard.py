import os
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Site
from chatbot.conversations.models import Conversation, Message, ReplyTrace, Visitor
from chatbot.monitoring.dashboard import overview
from chatbot.monitoring.processes import ProcessStatus, State, status_file, write_statuses
from inference.models import LanguageModel, LanguageModelVersion, ModelKind

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_data_dir(settings, tmp_path) -> None:
    settings.DATA_DIR = tmp_path


def answer(site: Site, status: str, first_token_ms: int | None = None, days_ago: int = 0) -> None:
    visitor, _secret = Visitor.objects.register(site)
    conversation = Conversation.objects.create(site=site, visitor=visitor)
    message = Message.objects.create(conversation=conversation, author="assistant", status=status)
    Message.objects.filter(pk=message.pk).update(created_at=timezone.now() - timedelta(days=days_ago))
    ReplyTrace.objects.create(message=message, first_token_ms=first_token_ms)


def test_answers_are_counted_by_outcome_since_midnight_on_the_own_sites(
    viewer, administrator, site, other_site
):
    for status in ("completed", "completed", "stopped", "failed", "pending", "streaming"):
        answer(site, status)
    answer(site, "completed", days_ago=2)
    answer(other_site, "failed")

    answers = overview(viewer).answers

    assert (answers.completed, answers.stopped, answers.failed, answers.running) == (2, 1, 1, 2)
    assert answers.total == 6
    assert overview(administrator).answers.total == 7


@pytest.mark.parametrize(
    ("times", "median"), [([], None), ([250], 250), ([900, 100, 200], 200), ([100, 400, 300, 200], 200)]
)
def test_the_median_time_to_first_token_is_todays(viewer, site, times, median):
    for milliseconds in times:
        answer(site, "completed", milliseconds)
    answer(site, "failed", None)
    answer(site, "completed", 5, days_ago=2)

    assert overview(viewer).median_first_token_ms == median


def test_the_active_language_model_and_encoder_are_named(viewer):
    for kind in ModelKind:
        model = LanguageModel.objects.create(name=f"a {kind}", kind=kind, parameters=1, context_length=1)
        LanguageModelVersion.objects.register(
            model, path=kind, sha256="0" * 64, size=1, dtype="float32", source="test"
        ).activate()

    shown = overview(viewer)

    assert str(shown.language_model) == "a language@1"
    assert str(shown.encoder) == "a encoder@1"


def test_the_processes_of_the_supervisor_are_shown(client: Client, viewer, settings):
    path = status_file(settings.DATA_DIR)
    path.parent.mkdir()
    statuses = [
        ProcessStatus("web", State.RUNNING, os.getpid(), 1_700_000_000.0, 0, ""),
        ProcessStatus("worker", State.WAITING, None, 1_700_000_100.0, 3, "killed by SIGKILL"),
    ]
    write_statuses(path, statuses)
    client.force_login(viewer)

    page = client.get("/admin/").content.decode()

    for shown in (
        "Web",
        str(os.getpid()),
        "Running",
        "Waiting to restart",
        "killed by SIGKILL",
        "Nov. 14, 2023",
    ):
        assert shown in page


def test_the_page_says_when_no_supervisor_runs(client: Client, viewer):
    client.force_login(viewer)

    assert "No supervisor runs here" in client.get("/admin/").content.decode()


def test_the_fragment_is_what_changes_and_no_more(client: Client, viewer, site):
    answer(site, "completed", 321)
    client.force_login(viewer)

    page = client.get("/admin/").content.decode()
    fragment = client.get("/admin/overview/").content.decode()

    assert 'hx-get="/admin/overview/"' in page
    assert "321" in page and "321" in fragment
    assert "<html" not in fragment


def test_the_front_page_takes_few_queries(client: Client, viewer, site, django_assert_max_num_queries):
    for _ in range(20):
        answer(site, "completed", 100)
    client.force_login(viewer)
    client.get("/admin/")

    with django_assert_max_num_queries(9):
        client.get("/admin/")


def test_free_disk_space_is_measured(viewer):
    disk = overview(viewer).disk

    assert 0 < disk.free < disk.total
    assert 0 <= disk.used_percent <= 100
