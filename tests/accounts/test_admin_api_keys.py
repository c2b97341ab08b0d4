"""How an owner makes API keys, sees what they do, and takes them back."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.api_keys import make_key
from accounts.models import ApiKey, AuditEntry, Site, User

pytestmark = pytest.mark.django_db

LIST = "/admin/accounts/apikey/"


@pytest.fixture
def key(site: Site, owner: User) -> ApiKey:
    key = ApiKey(site=site, name="CRM", scopes=["prompts:read"])
    make_key(key, by=owner)
    return key


def fill(site: Site, **changes: object) -> dict[str, object]:
    return {
        "site": site.pk,
        "name": "Shop",
        "scopes": ["conversations:read", "visitors:read"],
        "expires_at_0": "",
        "expires_at_1": "",
        **changes,
    }


def test_a_key_is_shown_once_and_opens_the_api(client: Client, owner: User, site: Site) -> None:
    client.force_login(owner)

    page = client.post(f"{LIST}add/", fill(site)).content.decode()

    (token,) = re.findall(r">(pk_[0-9a-f]{12}_[0-9a-f]{64})<", page)
    bearer = {"Authorization": f"Bearer {token}"}
    assert Client().get("/api/v1/conversations", headers=bearer).status_code == 200
    key = ApiKey.objects.get()
    assert (key.made_by, key.scopes) == (owner, ["conversations:read", "visitors:read"])
    for later in (LIST, f"{LIST}{key.pk}/change/"):
        shown = client.get(later).content.decode()
        assert key.prefix in shown and token not in shown
    entry = AuditEntry.objects.get()
    assert (
        entry.describe()
        == f"owner made the API key Shop (pk_{key.prefix}) for conversations:read, visitors:read"
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"name": ""}, "name"),
        ({"expires_at_0": "2020-01-01", "expires_at_1": "12:00"}, "expires_at"),
    ],
)
def test_a_key_that_makes_no_sense_is_refused(
    client: Client, owner: User, site: Site, changes: dict[str, object], field: str
) -> None:
    client.force_login(owner)

    page = client.post(f"{LIST}add/", fill(site, **changes))

    assert set(page.context["adminform"].form.errors) == {field}
    assert not ApiKey.objects.exists()


def test_a_key_for_a_site_of_others_cannot_be_made(client: Client, owner: User, other_site: Site) -> None:
    client.force_login(owner)

    page = client.post(f"{LIST}add/", fill(other_site))

    assert set(page.context["adminform"].form.errors) == {"site"}


def test_a_revoked_key_stays_in_the_list(client: Client, owner: User, key: ApiKey) -> None:
    client.force_login(owner)

    client.post(f"{LIST}{key.pk}/revoke/")
    client.post(f"{LIST}{key.pk}/revoke/")

    key.refresh_from_db()
    assert key.revoked_at is not None
    assert "Revoked" in client.get(LIST).content.decode()
    assert [entry.kind for entry in AuditEntry.objects.order_by("number")] == [
        "api_key.made",
        "api_key.revoked",
    ]


def test_a_key_is_neither_changed_nor_deleted(client: Client, owner: User, key: ApiKey) -> None:
    client.force_login(owner)

    assert client.post(f"{LIST}{key.pk}/change/", {"name": "Mine"}).status_code == 403
    assert client.post(f"{LIST}{key.pk}/delete/", {"post": "yes"}).status_code == 403
    assert ApiKey.objects.get().name == "CRM"


def test_an_expired_key_is_marked(client: Client, owner: User, key: ApiKey) -> None:
    ApiKey.objects.update(expires_at=timezone.now() - timedelta(days=1))
    client.force_login(owner)

    assert "Expired" in client.get(LIST).content.decode()


@pytest.mark.parametrize("role", ["editor", "operator", "viewer", "stranger"])
def test_only_an_owner_of_the_site_revokes(
    client: Client, request: pytest.FixtureRequest, key: ApiKey, role: str
) -> None:
    client.force_login(request.getfixturevalue(role))

    assert client.post(f"{LIST}{key.pk}/revoke/").status_code in (403, 404)
    key.refresh_from_db()
    assert key.revoked_at is None
