"""An operator's socket closes within five seconds of what ends the access, whoever does it and wherever."""

from collections.abc import Callable

import pytest
from channels.db import database_sync_to_async
from django.test import Client

from accounts.models import AuditEntry, Membership, Site, User
from tests.accounts.people import PASSWORD
from tests.chatbot.operators.desk import OperatorClient
from tests.chatbot.operators.talks import talk

pytestmark = pytest.mark.django_db(transaction=True)

NEW = "another horse battery"


def sign_out(person: User, browser: Client) -> None:
    browser.post("/admin/logout/")


def change_password(person: User, browser: Client) -> None:
    browser.post("/admin/password_change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})


def set_password_elsewhere(person: User, browser: Client) -> None:
    person.set_password(NEW)
    person.save()


def become_editor(person: User, browser: Client) -> None:
    membership = person.memberships.get()
    membership.role = Membership.Role.EDITOR
    membership.save()


def lose_the_role(person: User, browser: Client) -> None:
    person.memberships.get().delete()


def lose_the_site(person: User, browser: Client) -> None:
    Site.objects.get(memberships__user=person).delete()


def be_deleted(person: User, browser: Client) -> None:
    person.delete()


def be_blocked(person: User, browser: Client) -> None:
    person.is_active = False
    person.save(update_fields=["is_active"])


def owe_a_second_factor(person: User, browser: Client) -> None:
    site = Site.objects.get(memberships__user=person)
    site.requires_two_factor = True
    site.save()


ACTS = [
    *(sign_out, change_password, set_password_elsewhere, become_editor, be_blocked, owe_a_second_factor),
    *(lose_the_role, lose_the_site, be_deleted),
]


@pytest.mark.parametrize("act", ACTS)
async def test_whoever_may_not_come_in_any_more_is_closed(
    act: Callable[[User, Client], None], operator: User
):
    browser = Client()
    await database_sync_to_async(browser.force_login)(operator)
    client = await OperatorClient(browser.cookies["sessionid"].value).open()

    await database_sync_to_async(act)(operator, browser)

    assert await client.close_code(within=5) == 4403
    await client.close()


async def test_to_watch_a_conversation_is_to_read_it_which_is_recorded_once(operator: User, site: Site):
    conversation = await database_sync_to_async(talk)(site, "Where is my blue lamp?")
    client = await (await OperatorClient.of(operator)).open()
    for _time in range(2):
        await client.watch(conversation.public_id)
    await client.close()

    entry = await AuditEntry.objects.aget(kind="conversation.read")
    assert (entry.actor_id, entry.about_id) == (operator.pk, conversation.public_id)
