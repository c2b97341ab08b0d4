"""The worker hears of an event at once, and only when a webhook waits for it."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from celery import Celery

from accounts.models import Site
from chatbot.celery import app
from chatbot.operators import nudges
from chatbot.operators.models import Webhook
from tests.chatbot.operators.conftest import talk

pytestmark = pytest.mark.django_db

OnCommit = Callable[..., AbstractContextManager[list[Callable[[], object]]]]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """The queue and the task of everything that is sent to a worker."""
    asked: list[tuple[str, str]] = []

    def send_task(sender: Celery, name: str, /, *_arguments: object, **_options: object) -> None:
        asked.append((sender.main, name))

    monkeypatch.setattr(Celery, "send_task", send_task)
    return asked


def settle() -> None:
    nudges._thread.submit(lambda: None).result(5)


def test_an_event_that_a_webhook_waits_for_wakes_the_worker(
    site: Site, asked: list[tuple[str, str]], django_capture_on_commit_callbacks: OnCommit
) -> None:
    Webhook.objects.create(site=site, url="https://example.com/", kinds=["message.created"])
    with django_capture_on_commit_callbacks(execute=True):
        talk(site, "Hello")
    settle()

    assert asked == [(app.main, "chatbot.operators.tasks.deliver_webhooks")]


@pytest.mark.parametrize("state", [{"kinds": ["conversation.closed"]}, {"is_enabled": False}, {"site": None}])
def test_nobody_is_woken_for_nothing(
    site: Site,
    other_site: Site,
    asked: list[tuple[str, str]],
    django_capture_on_commit_callbacks: OnCommit,
    state: dict[str, object],
) -> None:
    fields = {"site": site, "kinds": ["message.created"], "url": "https://example.com/", **state}
    Webhook.objects.create(**{**fields, "site": fields["site"] or other_site})
    with django_capture_on_commit_callbacks(execute=True):
        talk(site, "Hello")
    settle()

    assert asked == []


def test_a_queue_that_is_away_concerns_no_visitor(
    site: Site, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: OnCommit
) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise OSError("no queue")

    monkeypatch.setattr(Celery, "send_task", fail)
    Webhook.objects.create(site=site, url="https://example.com/", kinds=["message.created"])
    with django_capture_on_commit_callbacks(execute=True):
        talk(site, "Hello")
        talk(site, "Hello again")
    settle()

    assert site.conversations.count() == 2
