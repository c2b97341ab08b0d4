"""Guessing passwords, codes and addresses: how often, for whom, and that strangers lock nobody out."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts import attempts
from accounts.attempts import TooManyAttempts, account_digest
from accounts.models import Attempt, AuditEntry
from tests.accounts.people import App, is_signed_in, sign_in

pytestmark = pytest.mark.django_db

HERE, ELSEWHERE = "203.0.113.7", "198.51.100.9"
BLOCKED = "Too many attempts. Please try again in 15 minutes."


@pytest.fixture(autouse=True)
def few(settings):
    settings.SIGN_IN_FAILURES = 3
    settings.SIGN_IN_FAILURES_PER_NETWORK = 5


def errors(response) -> list[str]:
    return [] if response.context is None else list(response.context["form"].non_field_errors())


def guess(name: str, times: int, network: str = HERE) -> list[str]:
    client = Client(REMOTE_ADDR=network)
    for _ in range(times):
        response = sign_in(client, name, "wrong")
    return errors(response)


def test_an_account_is_closed_for_a_network_that_guesses_and_open_elsewhere(operator):
    assert guess("operator", 3) != [BLOCKED]
    assert guess("operator", 1) == [BLOCKED]
    assert errors(sign_in(Client(REMOTE_ADDR=HERE), "operator")) == [BLOCKED]
    other = Client(REMOTE_ADDR=ELSEWHERE)
    sign_in(other, "operator")
    assert is_signed_in(other)


def test_an_unknown_name_is_refused_in_the_same_words():
    guess("nobody", 3)

    assert guess("nobody", 1) == [BLOCKED]


def test_another_spelling_of_the_name_counts_for_the_same_account(operator):
    guess("operator", 2)
    guess("OPERATOR ", 1)

    assert guess("operator", 1) == [BLOCKED]


def test_a_network_that_tries_many_names_is_closed_for_all_of_them(operator):
    for number in range(5):
        guess(f"name-{number}", 1)

    assert guess("operator", 1) == [BLOCKED]
    assert guess("operator", 1, ELSEWHERE) != [BLOCKED]


def test_the_refusal_ends_with_the_time(operator):
    guess("operator", 4)
    Attempt.objects.update(at=timezone.now() - timedelta(minutes=15, seconds=1))
    client = Client(REMOTE_ADDR=HERE)

    sign_in(client, "operator")

    assert is_signed_in(client)


def test_failures_count_over_all_processes_whatever_their_caches_hold(operator):
    guess("operator", 3)
    cache.clear()

    assert guess("operator", 1) == [BLOCKED]


@pytest.mark.django_db(transaction=True)
def test_another_process_sees_the_failures(operator):
    guess("operator", 3)
    name = str(connection.settings_dict["NAME"])
    script = (
        "import django; django.setup()\n"
        "from django.conf import settings\n"
        f"settings.DATABASES['default']['NAME'] = {name!r}\n"
        "settings.SIGN_IN_FAILURES = 3\n"
        "from accounts import attempts\n"
        "from accounts.devices import account_of_person\n"
        "from accounts.models import User\n"
        "account = account_of_person(User.objects.get(username='operator'))\n"
        "try:\n"
        f"    attempts.begin('password', account, {HERE!r})\n"
        "except attempts.TooManyAttempts:\n"
        "    print('refused')\n"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "chatbot.settings"}
    finished = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )

    assert finished.stdout.strip() == "refused"


def test_success_does_not_count_and_does_not_wipe_failures_away(operator):
    guess("operator", 2)
    client = Client(REMOTE_ADDR=HERE)
    for _ in range(4):
        sign_in(client, "operator")
        client.post("/admin/logout/")
    stranger = Client(REMOTE_ADDR=HERE)

    sign_in(stranger, "operator", "wrong")

    assert errors(sign_in(stranger, "operator", "wrong")) == [BLOCKED]


def test_many_networks_slow_an_account_down_for_half_a_minute_at_a_time(operator):
    for number in range(9):
        guess("operator", 1, f"198.51.100.{number}")

    (refusal,) = guess("operator", 1, ELSEWHERE.replace(".9", ".99"))
    assert refusal.startswith("Too many attempts. Please try again in ") and "second" in refusal
    Attempt.objects.update(at=timezone.now() - timedelta(seconds=31))
    client = Client(REMOTE_ADDR=HERE)
    sign_in(client, "operator")
    assert is_signed_in(client)


def test_a_device_that_a_person_uses_is_not_locked_out_by_strangers(operator):
    own = Client(REMOTE_ADDR=HERE)
    sign_in(own, "operator")
    own.post("/admin/logout/")
    guess("operator", 4)
    for number in range(20):
        guess("operator", 1, f"198.51.100.{number}")

    sign_in(own, "operator")

    assert is_signed_in(own)


def test_a_device_may_not_guess_for_ever_either(operator):
    own = Client(REMOTE_ADDR=HERE)
    sign_in(own, "operator")
    own.post("/admin/logout/")
    for _ in range(3):
        sign_in(own, "operator", "wrong")

    assert errors(sign_in(own, "operator")) == [BLOCKED]


def test_codes_of_an_app_are_limited_like_passwords(operator):
    app = App(operator)
    client = Client(REMOTE_ADDR=HERE)
    sign_in(client, "operator")
    for _ in range(3):
        client.post("/admin/login/code/", {"code": "000000"})

    response = client.post("/admin/login/code/", {"code": app.code()})

    assert response.context["form"].errors["code"] == [BLOCKED]
    assert not is_signed_in(client)


def test_asking_for_resets_is_limited(client: Client, settings):
    settings.EMAIL_URL = "smtp://mail.example.com"
    answers = [client.post("/admin/password_reset/", {"email": "a@b.example"}) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [302, 302, 302, 200]
    assert answers[3].context["form"].errors["email"] == [BLOCKED]


def test_a_block_is_recorded_once(operator):
    guess("operator", 8)

    (entry,) = AuditEntry.objects.filter(kind="person.sign_in_blocked")
    assert (entry.about_id, entry.network) == (str(operator.pk), HERE)


def test_a_refused_attempt_is_not_stored(operator):
    account = account_digest("somebody")
    for _ in range(3):
        attempts.begin(Attempt.Kind.PASSWORD, account, HERE)

    with pytest.raises(TooManyAttempts) as refusal:
        attempts.begin(Attempt.Kind.PASSWORD, account, HERE)

    assert Attempt.objects.count() == 3
    assert 14 * 60 < refusal.value.retry_after <= 15 * 60
