"""What operators find in the lists of the inbox."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from chatbot.conversations.models import Conversation
from chatbot.operators import inbox
from chatbot.operators.models import Label
from tests.chatbot.operators.talks import say, talk

pytestmark = pytest.mark.django_db

LIST = "/admin/inbox/"


def lines(client: Client, **query: object) -> list[str]:
    page = client.get(LIST, query).context["page"]
    return [conversation.newest_line for conversation in page.conversations]


@pytest.fixture
def inbox_of(client: Client, operator) -> Client:
    client.force_login(operator)
    return client


def test_each_tab_has_its_conversations(inbox_of, site, operator):
    talk(site, "bot here")
    talk(site, "waits", turn="waiting", waiting_since=timezone.now())
    talk(site, "mine", turn="operator", assignee=operator)
    talk(site, "over", status="closed")
    talk(site)

    assert lines(inbox_of) == ["waits"]
    assert lines(inbox_of, tab="mine") == ["mine"]
    assert lines(inbox_of, tab="bot") == ["bot here"]
    assert lines(inbox_of, tab="closed") == ["over"]
    assert lines(inbox_of, tab="all") == ["over", "mine", "waits", "bot here"]


def test_what_rests_waits_again_when_its_time_has_come(inbox_of, site):
    now = timezone.now()
    talk(site, "rests", turn="waiting", snoozed_until=now + timedelta(hours=1))
    talk(site, "woken", turn="waiting", snoozed_until=now - timedelta(hours=1))

    assert lines(inbox_of) == ["woken"]


def test_a_row_shows_the_newest_line_and_who_said_it(inbox_of, site):
    conversation = talk(site, "A lamp?", "Which\n\none?")
    say(conversation, "assistant", "")

    (row,) = inbox_of.get(LIST, {"tab": "all"}).context["page"].conversations

    assert (row.newest_line, row.newest_author, row.message_total) == ("Which one?", "assistant", 3)


def test_pages_follow_each_other_without_a_gap_although_moments_are_equal(inbox_of, site):
    for number in range(7):
        talk(site, f"line {number}")
    Conversation.objects.update(updated_at=timezone.now())
    seen, cursor = [], None
    while cursor != "":
        position = inbox.Position.read(cursor) if cursor else None
        page = inbox.listed(inbox_of_user(inbox_of), inbox.Choice(tab=inbox.Tab.ALL), position, size=3)
        seen += [row.newest_line for row in page.conversations]
        cursor = page.next_cursor

    assert seen == [f"line {number}" for number in reversed(range(7))]


def inbox_of_user(client: Client):
    return client.get(LIST).wsgi_request.user


@pytest.mark.parametrize("cursor", ["x", "W10=", "WyJub3ciLCAxXQ==", "é", "WyIyMDI2LTAxLTAxIiwgMV0="])
def test_a_cursor_that_was_made_up_is_no_page(inbox_of, cursor):
    assert inbox_of.get(LIST, {"after": cursor}).status_code == 404


def test_a_list_costs_the_same_queries_for_one_row_and_for_twenty(
    inbox_of, site, django_assert_max_num_queries
):
    for number in range(20):
        talk(site, f"line {number}")

    with django_assert_max_num_queries(16):
        assert len(lines(inbox_of, tab="all")) == 20


def test_a_label_and_a_site_narrow_the_list(inbox_of, site, other_site, operator):
    label = Label.objects.create(site=site, name="refund")
    talk(site, "plain")
    label.conversations.add(talk(site, "labelled"))

    assert lines(inbox_of, tab="all", label=label.pk) == ["labelled"]
    assert lines(inbox_of, tab="all", site=site.pk) == ["labelled", "plain"]
    assert lines(inbox_of, tab="all", site=other_site.pk) == []


@pytest.mark.parametrize("role", ["owner", "operator", "viewer"])
def test_nobody_sees_another_sites_conversations(client, request, site, other_site, role):
    talk(site, "ours", turn="waiting")
    talk(other_site, "theirs", turn="waiting")
    client.force_login(request.getfixturevalue(role))

    assert lines(client) == ["ours"]
    assert lines(client, q="theirs") == []


def test_an_editor_has_no_inbox(client, editor):
    client.force_login(editor)

    assert client.get(LIST).status_code == 403


def test_a_script_gets_the_rows_alone(inbox_of, site):
    talk(site, "A lamp?", turn="waiting")

    html = inbox_of.get(LIST, {"rows": "1"}).content.decode()

    assert "A lamp?" in html
    assert "<html" not in html


def test_the_wait_is_told_in_words(inbox_of, site):
    talk(site, "new", turn="waiting", waiting_since=timezone.now())
    assert "Just began to wait" in inbox_of.get(LIST).content.decode()

    Conversation.objects.update(waiting_since=timezone.now() - timedelta(minutes=3))

    assert "Waits for 3\xa0minutes" in inbox_of.get(LIST).content.decode()
