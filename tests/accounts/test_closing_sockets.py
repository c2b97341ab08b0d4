"""Whatever takes somebody's access away tells that person's sockets, and nobody else's, at once."""

import asyncio
from collections.abc import Callable

import pytest
from asgiref.sync import async_to_sync
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from accounts.changes import ACCESS_CHANGED, group_of_person
from accounts.models import Membership, Site, User
from accounts.session_people import person_of_session
from tests.accounts.people import PASSWORD, App, sign_in

pytestmark = pytest.mark.django_db(transaction=True)

NEW = "another horse battery"


class Sockets:
    """Stands for an open socket of a person: it hears what the consumers of staff hear."""

    def __init__(self, person: User) -> None:
        self.person = person

    def hears(self, act: Callable[[], object], within: float = 5) -> bool:
        """Tell whether the person's sockets are told to close within so many seconds of `act`."""

        async def listen() -> bool:
            layer = get_channel_layer()
            channel = await layer.new_channel()
            await layer.group_add(group_of_person(self.person.pk), channel)
            await database_sync_to_async(act)()
            try:
                async with asyncio.timeout(within):
                    while await layer.receive(channel) != ACCESS_CHANGED:
                        pass
                return True
            except TimeoutError:
                return False

        return async_to_sync(listen)()


@pytest.fixture
def sockets(operator: User) -> Sockets:
    return Sockets(operator)


@pytest.fixture
def browser(client: Client, operator: User) -> Client:
    sign_in(client, "operator")
    return client


def test_signing_out(sockets, browser):
    assert sockets.hears(lambda: browser.post("/admin/logout/"))


def test_a_changed_password(sockets, browser):
    form = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}

    assert sockets.hears(lambda: browser.post("/admin/password_change/", form))


def test_a_removed_second_factor(sockets, browser, operator):
    App(operator)
    browser.post("/admin/account/confirm/", {"password": PASSWORD})

    assert sockets.hears(lambda: browser.post("/admin/account/app/remove/"))


def test_ending_ones_other_sessions(sockets, browser):
    assert sockets.hears(lambda: browser.post("/admin/account/sessions/"))


def change_role(operator: User) -> None:
    membership = operator.memberships.get()
    membership.role = Membership.Role.VIEWER
    membership.save()


def block(operator: User) -> None:
    operator.is_active = False
    operator.save(update_fields=["is_active"])


def require_two_factors(operator: User) -> None:
    site = Site.objects.get(memberships__user=operator)
    site.requires_two_factor = True
    site.save()


ACTS = [
    change_role,
    block,
    require_two_factors,
    lambda operator: operator.memberships.get().delete(),
    lambda operator: Site.objects.get(memberships__user=operator).delete(),
    lambda operator: operator.delete(),
]


@pytest.mark.parametrize("act", ACTS, ids=["role", "block", "require", "no role", "no site", "no person"])
def test_what_others_change_about_a_person(sockets, operator, act):
    assert sockets.hears(lambda: act(operator))


def test_an_owner_blocks_a_person_on_the_persons_page(sockets, owner, operator, client: Client):
    client.force_login(owner)
    role = operator.memberships.get()
    form = {
        "username": "operator",
        "memberships-TOTAL_FORMS": "1",
        "memberships-INITIAL_FORMS": "1",
        "memberships-0-id": role.pk,
        "memberships-0-user": operator.pk,
        "memberships-0-site": role.site_id,
        "memberships-0-role": role.role,
    }

    assert sockets.hears(lambda: client.post(f"/admin/accounts/user/{operator.pk}/change/", form))
    assert not User.objects.get(pk=operator.pk).is_active


def test_nothing_else_closes_them(sockets, operator, viewer, client: Client):
    assert not sockets.hears(lambda: sign_in(client, "operator"), within=0.3)
    assert not sockets.hears(lambda: block(viewer), within=0.3)


def test_a_socket_finds_out_who_its_session_belongs_to_now(browser, operator):
    key = browser.session.session_key
    assert person_of_session(key) == operator

    block(operator)
    assert isinstance(person_of_session(key), AnonymousUser)


def test_a_session_of_an_old_password_belongs_to_nobody(browser, operator):
    key = browser.session.session_key
    operator.set_password(NEW)
    operator.save()

    assert isinstance(person_of_session(key), AnonymousUser)
    assert isinstance(person_of_session(None), AnonymousUser)
