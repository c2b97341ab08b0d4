"""Second factors: what signing in asks for, and that a code is good once."""

import re
import threading

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.db import connection
from django.test import Client

from accounts.action_types import action_type_of
from accounts.models import AuditEntry, User
from accounts.policy import Ability, may, sites_where
from accounts.second_factors import use_code
from tests.accounts.people import PASSWORD, App, code_of, is_signed_in, sign_in

pytestmark = pytest.mark.django_db

CODE_PAGE = "/admin/login/code/"


@pytest.fixture
def app(operator) -> App:
    return App(operator)


def enter(client: Client, code: str):
    return client.post(CODE_PAGE, {"code": code}, follow=True)


def test_the_password_alone_is_not_enough(client: Client, app):
    response = sign_in(client, "operator")

    assert response.request["PATH_INFO"] == CODE_PAGE
    assert not is_signed_in(client)


@pytest.mark.parametrize("steps_ago", [0, 1])
def test_a_code_of_now_or_of_half_a_minute_ago_lets_in(client: Client, app, steps_ago):
    sign_in(client, "operator")

    assert enter(client, app.code(steps_ago)).request["PATH_INFO"] == "/admin/"


@pytest.mark.parametrize("code", ["000000", "", "abcdef", "12345678"])
def test_a_wrong_code_does_not(client: Client, app, code):
    sign_in(client, "operator")

    enter(client, code)

    assert not is_signed_in(client)


def test_an_old_code_does_not(client: Client, app):
    sign_in(client, "operator")

    enter(client, app.code(steps_ago=3))

    assert not is_signed_in(client)


def test_a_code_that_was_used_is_refused_even_by_a_process_that_knows_nothing_of_it(client: Client, app):
    code = app.code()
    sign_in(client, "operator")
    enter(client, code)
    cache.clear()
    thief = Client()
    sign_in(thief, "operator")

    response = enter(thief, code)

    assert response.context["form"].errors["code"] == ["This code is not right, or it was used already."]
    assert not is_signed_in(thief)


def test_a_code_older_than_the_last_one_used_is_refused(operator, app):
    assert use_code(operator, app.code()) is not None
    assert use_code(operator, app.code(steps_ago=1)) is None


@pytest.mark.django_db(transaction=True)
def test_of_two_that_use_one_code_at_once_one_gets_in(operator, app):
    code = app.code()
    results: list[bool] = []

    def use() -> None:
        try:
            results.append(use_code(User.objects.get(pk=operator.pk), code) is not None)
        finally:
            connection.close()

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(results) == [False, False, False, True]


def test_a_recovery_code_lets_in_once(client: Client, app):
    code = app.recovery_codes[0]
    sign_in(client, "operator")
    assert enter(client, code).request["PATH_INFO"] == "/admin/"
    again = Client()
    sign_in(again, "operator")

    response = enter(again, code)

    assert response.context["form"].errors["code"] == ["This code is not right, or it was used already."]
    assert not is_signed_in(again)


def test_secrets_are_sealed_in_the_database(app):
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))

    assert app.secret not in stored
    assert not any(code in stored for code in app.recovery_codes)


def test_a_new_secret_key_makes_codes_wrong_and_no_fault(client: Client, app, settings):
    settings.SECRET_KEY = "another" * 10
    sign_in(client, "operator")

    assert enter(client, app.code()).status_code == 200
    assert not is_signed_in(client)


def set_up(client: Client) -> tuple[str, str]:
    """Set an app up by the pages; return its secret and the code that was used."""
    page = client.get("/admin/account/app/add/").content.decode()
    (secret,) = re.findall(r'id="totp-key">(\w+)<', page)
    code = code_of(secret)
    client.post("/admin/account/app/add/", {"code": code})
    return secret, code


def confirm(client: Client) -> None:
    client.post("/admin/account/confirm/", {"password": PASSWORD})


def test_a_person_sets_an_app_up_and_gets_recovery_codes(
    client: Client, operator, django_capture_on_commit_callbacks
):
    sign_in(client, "operator")
    assert client.get("/admin/account/app/add/")["Location"].startswith("/admin/account/confirm/")
    confirm(client)

    with django_capture_on_commit_callbacks(execute=True):
        _secret, code = set_up(client)

    assert User.objects.get(pk=operator.pk).has_second_factor
    codes = re.findall(r"<code>(\d{8})</code>", client.get("/admin/account/codes/").content.decode())
    assert len(codes) == 10
    added = AuditEntry.objects.filter(kind="factor.added")
    assert sorted(action_type_of(entry.kind).describe(entry) for entry in added) == [
        "operator set up a second factor: authenticator app",
        "operator set up a second factor: recovery codes",
    ]
    # The code that set it up lets nobody in.
    thief = Client()
    sign_in(thief, "operator")
    enter(thief, code)
    assert not is_signed_in(thief)


def test_removing_an_app_takes_the_recovery_codes_along_and_is_recorded(client: Client, operator, app):
    sign_in(client, "operator")
    enter(client, app.code())
    confirm(client)

    client.post("/admin/account/app/remove/")

    assert not Authenticator.objects.exists()
    assert AuditEntry.objects.filter(kind="factor.removed").count() == 2


@pytest.fixture
def strict_site(site):
    site.requires_two_factor = True
    site.save()
    return site


@pytest.mark.parametrize("path", ["/admin/", "/admin/accounts/site/", "/admin/prompts/promptversion/"])
def test_a_site_that_requires_it_leads_to_setting_it_up_first(client: Client, strict_site, editor, path):
    sign_in(client, "editor")

    response = client.get(path, follow=True)

    assert response.request["PATH_INFO"] == "/admin/account/confirm/"
    confirm(client)
    assert "requires a second factor" in client.get("/admin/account/app/add/").content.decode()
    set_up(client)
    assert client.get(path).status_code == 200


def test_until_then_no_ability_holds_anywhere(strict_site, owner, stranger, administrator):
    assert not may(owner, Ability.SEE_SITE)
    assert not sites_where(owner, Ability.MANAGE_SITE).exists()
    assert not may(administrator, Ability.RUN_INSTALLATION)
    assert not sites_where(administrator, Ability.SEE_SITE).exists()
    assert may(stranger, Ability.MANAGE_SITE)
    App(owner)
    assert may(User.objects.get(pk=owner.pk), Ability.MANAGE_SITE, strict_site.pk)


def test_an_owner_requires_it_on_the_sites_page(client: Client, owner, site):
    App(owner)
    client.force_login(owner)
    fields = client.get(f"/admin/accounts/site/{site.pk}/change/").context["adminform"].form.initial
    form = {
        "name": site.name,
        "public_key": site.public_key,
        "accent_colour": site.accent_colour,
        "language": site.language,
        "requires_two_factor": "on",
        "memberships-TOTAL_FORMS": "0",
        "memberships-INITIAL_FORMS": "0",
    }
    client.post(f"/admin/accounts/site/{site.pk}/change/", form)

    site.refresh_from_db()
    assert (fields["requires_two_factor"], site.requires_two_factor) == (False, True)
