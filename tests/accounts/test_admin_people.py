import pytest
from django.test import Client

from accounts.models import Membership, User

pytestmark = pytest.mark.django_db


def new_person(site=None, **changes):
    role = {"memberships-0-site": site.pk, "memberships-0-role": "operator"} if site else {}
    return {
        "username": "newcomer",
        "password1": "correct horse battery",
        "password2": "correct horse battery",
        "memberships-TOTAL_FORMS": str(len(role) // 2),
        "memberships-INITIAL_FORMS": "0",
        **role,
        **changes,
    }


def test_an_owner_adds_an_operator_who_can_then_sign_in(client: Client, owner, site):
    client.force_login(owner)

    response = client.post("/admin/accounts/user/add/", new_person(site))

    assert response.status_code == 302
    newcomer = User.objects.get(username="newcomer")
    assert newcomer.roles == {site.pk: Membership.Role.OPERATOR}
    client.logout()
    signed_in = client.post(
        "/admin/login/", {"username": "newcomer", "password": "correct horse battery"}, follow=True
    )
    assert signed_in.request["PATH_INFO"] == "/admin/"


def test_an_owner_must_give_a_newcomer_a_role(client: Client, owner):
    client.force_login(owner)

    response = client.post("/admin/accounts/user/add/", new_person())

    assert response.status_code == 200
    assert not User.objects.filter(username="newcomer").exists()


def test_an_owner_gives_no_role_on_another_site(client: Client, owner, other_site):
    client.force_login(owner)

    response = client.post("/admin/accounts/user/add/", new_person(other_site))

    assert response.status_code == 200
    assert not User.objects.filter(username="newcomer").exists()


def test_an_owner_makes_nobody_superuser(client: Client, owner, site):
    client.force_login(owner)

    client.post("/admin/accounts/user/add/", new_person(site, is_superuser="on"))

    assert not User.objects.get(username="newcomer").is_superuser


def test_an_owner_sees_the_people_of_the_own_sites_and_no_other_roles(
    client: Client, owner, operator, stranger, other_site
):
    Membership.objects.create(user=operator, site=other_site, role=Membership.Role.VIEWER)
    client.force_login(owner)

    page = client.get("/admin/accounts/user/").content.decode()

    assert "operator" in page
    assert "stranger" not in page
    assert "Other Oak" not in page


@pytest.mark.parametrize("target", ["administrator", "stranger", "operator"])
def test_an_owner_sets_no_password_that_opens_another_site(
    client: Client, request, owner, operator, other_site, target
):
    Membership.objects.create(user=operator, site=other_site, role=Membership.Role.VIEWER)
    person = request.getfixturevalue(target)
    client.force_login(owner)

    passwords = {"password1": "taken over taken", "password2": "taken over taken"}
    response = client.post(f"/admin/accounts/user/{person.pk}/password/", passwords)

    assert response.status_code in (302, 403, 404)
    person.refresh_from_db()
    assert person.check_password("correct horse battery")


def test_an_owner_sets_a_new_password_for_the_own_operator(client: Client, owner, operator):
    client.force_login(owner)

    passwords = {"password1": "another fine horse", "password2": "another fine horse"}
    client.post(f"/admin/accounts/user/{operator.pk}/password/", passwords)

    operator.refresh_from_db()
    assert operator.check_password("another fine horse")


@pytest.mark.parametrize("role", ["editor", "operator", "viewer"])
def test_nobody_else_sees_people(client: Client, request, owner, role):
    client.force_login(request.getfixturevalue(role))

    assert client.get("/admin/accounts/user/").status_code == 403
    assert client.get("/admin/accounts/user/add/").status_code == 403
    assert client.get(f"/admin/accounts/user/{owner.pk}/change/").status_code in (302, 403)


def test_a_person_without_a_role_does_not_get_in(client: Client, db):
    User.objects.create_user("nobody", password="correct horse battery", is_staff=True)

    response = client.post(
        "/admin/login/", {"username": "nobody", "password": "correct horse battery"}, follow=True
    )

    assert response.request["PATH_INFO"] == "/admin/login/"


def test_a_disabled_person_is_out_at_once(client: Client, operator):
    client.force_login(operator)
    assert client.get("/admin/").status_code == 200

    User.objects.filter(pk=operator.pk).update(is_active=False)

    assert client.get("/admin/").status_code == 302
