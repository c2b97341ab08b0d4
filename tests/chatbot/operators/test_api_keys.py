"""What a key opens, until when, and what a program is told when it does not."""

import json
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from accounts.models import ApiKey, Site
from tests.chatbot.operators.conftest import make_key, program, talk

pytestmark = pytest.mark.django_db

PROMPTS = "/api/v1/prompts"


def refusal(client: Client, path: str = PROMPTS) -> tuple[int, str]:
    answer = client.get(path)
    body = answer.json()
    assert set(body) == {"code", "detail", "errors"} and body["detail"]
    return answer.status_code, body["code"]


def test_a_key_opens_what_its_scopes_name(site: Site) -> None:
    _key, token = make_key(site, "prompts:read")

    assert program(token).get(PROMPTS).status_code == 200
    assert refusal(program(token), "/api/v1/conversations") == (403, "missing_scope")


def test_the_secret_is_not_stored(site: Site) -> None:
    key, token = make_key(site)

    assert token.startswith(f"pk_{key.prefix}_")
    assert token.rpartition("_")[2] not in json.dumps(list(ApiKey.objects.values()), default=str)


def test_without_a_key_there_is_a_hint_what_to_send() -> None:
    answer = Client().get(PROMPTS)

    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert refusal(Client()) == (401, "no_key")


@pytest.mark.parametrize(
    "token",
    [
        "pk_",
        "pk__",
        "pk_0123456789ab_",
        "x" * 10_000,
        "pk_\x00_a",
        "pk_é_a",
        "pk_" + "1" * 12 + "_" + "0" * 64,
    ],
)
def test_an_unknown_key_is_refused(site: Site, token: str) -> None:
    assert refusal(Client(HTTP_AUTHORIZATION=f"Bearer {token}")) == (401, "unknown_key")


def test_the_prefix_alone_does_not_tell_that_a_key_was_revoked(site: Site) -> None:
    key, _token = make_key(site)
    key.revoke()

    assert refusal(program(f"pk_{key.prefix}_{'0' * 64}")) == (401, "unknown_key")


def test_a_revoked_key_is_refused_from_the_next_request_on(site: Site) -> None:
    key, token = make_key(site)
    assert program(token).get(PROMPTS).status_code == 200

    assert key.revoke() and not key.revoke()

    assert refusal(program(token)) == (401, "revoked_key")


def test_an_expired_key_is_refused(site: Site) -> None:
    _key, token = make_key(site, expires_at=timezone.now() - timedelta(seconds=1))
    _key, lasting = make_key(site, expires_at=timezone.now() + timedelta(hours=1))

    assert refusal(program(token)) == (401, "expired_key")
    assert program(lasting).get(PROMPTS).status_code == 200


def test_a_visitors_secret_is_no_key(site: Site) -> None:
    secret = Client().post("/api/v1/visitors", {"site": site.public_key}, content_type="application/json")

    assert refusal(program(secret.json()["secret"])) == (401, "unknown_key")


def test_the_last_use_is_noted_once_a_minute(site: Site) -> None:
    key, token = make_key(site)
    program(token).get(PROMPTS)
    key.refresh_from_db()
    first = key.last_used_at
    assert first is not None

    program(token).get(PROMPTS)
    key.refresh_from_db()
    assert key.last_used_at == first

    ApiKey.objects.update(last_used_at=first - timedelta(minutes=2))
    program(token).get(PROMPTS)
    key.refresh_from_db()
    assert key.last_used_at is not None and key.last_used_at >= first


def test_requests_beyond_the_limit_are_told_when_to_come_back(site: Site, settings: LazySettings) -> None:
    settings.API_REQUESTS_A_MINUTE = 2
    _key, token = make_key(site)
    _other, another = make_key(site)
    codes = [program(token).get(PROMPTS).status_code for _ in range(3)]

    assert codes == [200, 200, 429]
    assert int(program(token).get(PROMPTS).headers["Retry-After"]) in range(1, 62)
    assert program(another).get(PROMPTS).status_code == 200


def test_guesses_of_one_network_are_limited_and_do_not_shut_out_keys(
    site: Site, settings: LazySettings
) -> None:
    settings.API_FAILURES_A_MINUTE = 2
    _key, token = make_key(site)
    guess = {"headers": {"Authorization": "Bearer pk_a_b"}, "REMOTE_ADDR": "203.0.113.7"}

    codes = [Client().get(PROMPTS, **guess).status_code for _ in range(3)]

    assert codes == [401, 401, 429]
    assert program(token).get(PROMPTS, REMOTE_ADDR="203.0.113.7").status_code == 200


def test_another_sites_key_finds_nothing(site: Site, stranger_crm: Client) -> None:
    conversation = talk(site, "Where is my lamp?")
    paths = [
        f"/api/v1/conversations/{conversation.public_id}",
        f"/api/v1/conversations/{conversation.public_id}/messages",
        f"/api/v1/conversations/{conversation.public_id}/events",
        f"/api/v1/visitors/{conversation.visitor.public_id}",
    ]

    assert [refusal(stranger_crm, path) for path in paths] == [(404, "not_found")] * 4
    assert stranger_crm.get("/api/v1/conversations").json()["items"] == []
    assert stranger_crm.get("/api/v1/visitors").json()["items"] == []
    assert stranger_crm.delete(paths[3]).status_code == 404
