"""How an owner makes webhooks, tries them, reads their log, and changes secrets."""

from collections.abc import Iterator

import pytest
from django.conf import LazySettings
from django.test import Client

from accounts.models import AuditEntry, Site, User
from chatbot.operators.models import Delivery, Webhook
from tests.chatbot.operators.receivers import Receiver, receiver

pytestmark = pytest.mark.django_db

LIST = "/admin/operators/webhook/"


@pytest.fixture
def webhook(site: Site) -> Webhook:
    return Webhook.objects.create(site=site, url="https://example.com/hook", kinds=["message.created"])


@pytest.fixture
def hook(settings: LazySettings) -> Iterator[Receiver]:
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with receiver() as found:
        yield found


def fill(site: Site, **changes: object) -> dict[str, object]:
    return {
        "site": site.pk,
        "url": "https://example.com/hook",
        "kinds": ["message.created", "conversation.closed"],
        "is_enabled": "on",
        **changes,
    }


def kinds_of_acts() -> list[str]:
    return list(AuditEntry.objects.order_by("number").values_list("kind", flat=True))


def test_a_new_webhooks_secret_is_shown_once(client: Client, owner: User, site: Site) -> None:
    client.force_login(owner)

    made = client.post(f"{LIST}add/", fill(site))

    webhook = Webhook.objects.get()
    assert webhook.kinds == ["message.created", "conversation.closed"]
    assert webhook.secret in made.content.decode()
    assert "no-store" in made.headers["Cache-Control"]
    assert webhook.secret not in client.get(f"{LIST}{webhook.pk}/change/").content.decode()
    assert kinds_of_acts() == ["webhook.made"]


@pytest.mark.parametrize(
    "url",
    ["https://127.0.0.1/", "https://169.254.169.254/", "https://[::ffff:127.0.0.1]/", "http://example.com/"],
)
def test_an_address_inside_is_explained(client: Client, owner: User, site: Site, url: str) -> None:
    client.force_login(owner)

    page = client.post(f"{LIST}add/", fill(site, url=url))

    assert set(page.context["adminform"].form.errors) == {"url"}
    assert not Webhook.objects.exists()


def test_a_webhook_of_a_site_of_others_cannot_be_made(client: Client, owner: User, other_site: Site) -> None:
    client.force_login(owner)

    page = client.post(f"{LIST}add/", fill(other_site))

    assert set(page.context["adminform"].form.errors) == {"site"}


def test_a_test_is_sent_and_logged(client: Client, owner: User, site: Site, hook: Receiver) -> None:
    client.force_login(owner)
    webhook = Webhook.objects.create(site=site, url=hook.url, kinds=["message.created"])

    page = client.post(f"{LIST}{webhook.pk}/test/", follow=True)
    hook.status = 500
    failed = client.post(f"{LIST}{webhook.pk}/test/", follow=True)

    assert "The test was delivered" in page.content.decode()
    assert "The answer was 500" in failed.content.decode()
    assert len(hook.received) == 2
    log = client.get("/admin/operators/delivery/").content.decode()
    assert "Delivered" in log and "Failed" in log


def test_a_delivery_is_sent_again(client: Client, owner: User, webhook: Webhook) -> None:
    client.force_login(owner)
    delivery = Delivery.objects.create(webhook=webhook, kind="test", status="failed", next_attempt_at=None)

    client.post(f"/admin/operators/delivery/{delivery.pk}/again/")

    delivery.refresh_from_db()
    assert delivery.status == "waiting" and delivery.next_attempt_at is not None


def test_a_new_secret_replaces_the_old_one(client: Client, owner: User, webhook: Webhook) -> None:
    client.force_login(owner)
    before = webhook.secret

    page = client.post(f"{LIST}{webhook.pk}/secret/")

    webhook.refresh_from_db()
    assert webhook.secret != before
    assert webhook.secret in page.content.decode()


def test_changing_and_deleting_are_on_the_record(
    client: Client, owner: User, site: Site, webhook: Webhook
) -> None:
    client.force_login(owner)

    client.post(f"{LIST}{webhook.pk}/change/", fill(site, url="https://example.com/other"))
    webhook.refresh_from_db()
    client.post(f"{LIST}{webhook.pk}/delete/", {"post": "yes"})

    assert webhook.url == "https://example.com/other"
    assert not Webhook.objects.exists()
    changed, deleted = AuditEntry.objects.order_by("number")
    assert (changed.kind, changed.data["fields"]) == ("webhook.changed", ["url", "kinds"])
    assert "example.com/other" in deleted.describe()


@pytest.mark.parametrize("role", ["editor", "operator", "viewer", "stranger"])
@pytest.mark.parametrize("action", ["test", "secret", "change", "delete"])
def test_only_an_owner_of_the_site_gets_at_a_webhook(
    client: Client, request: pytest.FixtureRequest, webhook: Webhook, role: str, action: str
) -> None:
    client.force_login(request.getfixturevalue(role))

    answer = client.post(f"{LIST}{webhook.pk}/{action}/", {"post": "yes"})

    assert answer.status_code in (302, 403, 404)
    assert Webhook.objects.get().secret_number == 1
    assert not Delivery.objects.exists()
