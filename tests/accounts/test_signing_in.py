"""Who gets in with name and password, and what becomes of those who do not."""

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.models import AuditEntry, User
from tests.accounts.people import PASSWORD, is_signed_in, sign_in

pytestmark = pytest.mark.django_db


def kinds() -> list[str]:
    return list(AuditEntry.objects.order_by("number").values_list("kind", flat=True))


@pytest.mark.parametrize("name", ["operator", "OPERATOR", "operator@lumen.example"])
def test_staff_sign_in_with_name_or_address(client: Client, operator, name):
    User.objects.filter(pk=operator.pk).update(email="operator@lumen.example")

    response = sign_in(client, name)

    assert response.request["PATH_INFO"] == "/admin/"
    assert kinds() == ["person.signed_in"]


def test_signing_in_leads_to_the_page_that_was_asked_for(client: Client, operator):
    response = client.post(
        "/admin/login/?next=/admin/accounts/site/",
        {"username": "operator", "password": PASSWORD, "next": "/admin/accounts/site/"},
    )

    assert response["Location"] == "/admin/accounts/site/"


def test_signing_in_leads_to_no_other_site(client: Client, operator):
    response = client.post(
        "/admin/login/", {"username": "operator", "password": PASSWORD, "next": "https://evil.example/"}
    )

    assert response["Location"] == "/admin/"


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(client: Client, operator):
    wrong = sign_in(client, "operator", "wrong")
    unknown = sign_in(client, "nobody", "wrong")

    errors = [list(response.context["form"].non_field_errors()) for response in (wrong, unknown)]
    assert errors[0] == errors[1] != []
    assert not is_signed_in(client)


def test_a_blocked_person_gets_the_answer_of_a_wrong_password(client: Client, operator):
    User.objects.filter(pk=operator.pk).update(is_active=False)

    blocked = sign_in(client, "operator")
    wrong = sign_in(client, "operator", "wrong")

    assert blocked.context["form"].non_field_errors() == wrong.context["form"].non_field_errors()
    assert not is_signed_in(client)


def test_a_person_without_a_role_is_told_so(client: Client, operator):
    operator.memberships.all().delete()

    response = sign_in(client, "operator")

    assert response.status_code == 403
    assert "no role" in response.content.decode()
    assert "_auth_user_id" not in client.session


def test_whoever_loses_the_last_role_is_told_so_instead_of_led_in_circles(client: Client, operator):
    client.force_login(operator)
    operator.memberships.all().delete()

    response = client.get("/admin/", follow=True)

    assert response.status_code == 403
    assert "no role" in response.content.decode()


def test_signing_out_ends_the_session_and_is_recorded(client: Client, operator):
    sign_in(client, "operator")

    response = client.post("/admin/logout/", follow=True)

    assert response.request["PATH_INFO"] == "/admin/login/"
    assert not is_signed_in(client)
    assert kinds() == ["person.signed_in", "person.signed_out"]


def test_nobody_signs_up(client: Client):
    assert client.get("/admin/signup/").status_code == 302
    assert client.get("/accounts/signup/").status_code == 404


@pytest.mark.parametrize(("language", "words"), [("en", "Sign in"), ("zh-hans", "登录")])
def test_the_page_speaks_the_readers_language(client: Client, language, words):
    page = client.get("/admin/login/", headers={"Accept-Language": language}).content.decode()

    assert f"{words}</button>" in page


def test_changing_the_password_ends_the_other_sessions(client: Client, operator):
    elsewhere = Client()
    sign_in(client, "operator")
    sign_in(elsewhere, "operator")

    new = "another horse battery"
    client.post("/admin/password_change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})

    assert is_signed_in(client)
    assert not is_signed_in(elsewhere)
    assert "person.password_changed" in kinds()


def test_a_person_sees_the_own_sessions_and_ends_one_or_all_others(client: Client, operator):
    others = [Client(), Client()]
    for each in (client, *others):
        sign_in(each, "operator", HTTP_USER_AGENT="A browser")
    cache.clear()
    listed = client.get("/admin/account/sessions/").context["sessions"]
    (first, second) = [session for session in listed if session.session_key != client.session.session_key]

    client.post(f"/admin/account/sessions/{first.pk}/end/")

    assert [is_signed_in(other) for other in others].count(False) == 1
    client.post("/admin/account/sessions/")
    assert [is_signed_in(other) for other in others] == [False, False]
    assert is_signed_in(client)


def test_nobody_ends_the_session_of_somebody_else(client: Client, operator, stranger):
    elsewhere = Client()
    sign_in(elsewhere, "operator")
    session = elsewhere.get("/admin/account/sessions/").context["sessions"][0]
    sign_in(client, "stranger")

    assert client.post(f"/admin/account/sessions/{session.pk}/end/").status_code == 404
    assert is_signed_in(elsewhere)
