"""Each number leads to exactly the conversations that it counts."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from lxml import html

from chatbot.analytics import reading, refreshing
from chatbot.analytics.dashboard import listing
from chatbot.analytics.dashboard.addresses import conversations_behind
from chatbot.analytics.definitions import FIGURES
from chatbot.analytics.figure import Level
from chatbot.analytics.periods import Period
from tests.chatbot.analytics.dashboard.past import known_history, talk

pytestmark = pytest.mark.django_db

WEEK = timedelta(days=6)


def rows(client: Client, address: str) -> list[html.HtmlElement]:
    response = client.get(address)
    assert response.status_code == 200
    return html.fromstring(response.content.decode()).xpath('//*[@class="inbox-row"]')


@pytest.fixture
def week(site) -> Period:
    known_history(site, timezone.now())
    return Period.ending(timezone.localdate(), 7)


@pytest.mark.parametrize(
    "name", [name for name, figure in FIGURES.items() if figure.level == Level.CONVERSATION]
)
def test_a_figure_of_conversations_has_as_many_behind_it(client: Client, site, viewer, week, name):
    client.force_login(viewer)
    counted = FIGURES[name].count(reading.totals(site, week))

    assert len(rows(client, conversations_behind(site.pk, name, week.first, week.last))) == counted


def test_each_link_of_the_page_opens_conversations(client: Client, site, viewer, week):
    client.force_login(viewer)
    page = html.fromstring(client.get("/admin/analytics/?period=7").content.decode())
    addresses = set(page.xpath('//a[contains(@href, "analytics/conversations/")]/@href'))

    assert len(addresses) > 60
    for address in addresses:
        assert rows(client, address), address


def test_a_row_opens_the_conversation_in_the_inbox(client: Client, site, viewer, week):
    client.force_login(viewer)

    (row,) = rows(client, conversations_behind(site.pk, "handed_over", week.first, week.last))

    (link,) = row.xpath(".//a/@href")
    assert client.get(link).status_code == 200
    assert "The visitor asked" in row.text_content()


def test_values_of_a_dimension_are_told_apart(client: Client, site, viewer, week):
    client.force_login(viewer)
    for language, count in (("en", 3), ("zh-hans", 2), ("fr", 0)):
        address = conversations_behind(
            site.pk, "conversations", week.first, week.last, dimension="language", value=language
        )
        assert len(rows(client, address)) == count


def test_a_weekday_is_that_of_the_sites_clock(client: Client, site, viewer, week):
    client.force_login(viewer)
    begun = (timezone.now() - timedelta(days=3)).isoweekday()
    found = {
        day: len(
            rows(client, conversations_behind(site.pk, "conversations", week.first, week.last, weekday=day))
        )
        for day in range(1, 8)
    }

    assert sum(found.values()) == 5
    assert found[begun] == 2


def test_pages_follow_one_another_without_a_gap(client: Client, site, viewer, monkeypatch):
    monkeypatch.setattr(listing, "PAGE_SIZE", 2)
    began = timezone.now() - timedelta(hours=1)
    # Two of them began at the same moment.
    for minutes in (0, 1, 1, 2, 3):
        talk(site, began - timedelta(minutes=minutes), "visitor: Hi", "assistant: Hello")
    refreshing.recount(site)
    client.force_login(viewer)
    day = began.date()
    address, seen = conversations_behind(site.pk, "conversations", day - WEEK, day), []
    while address:
        page = html.fromstring(client.get(address).content.decode())
        seen += page.xpath('//*[@class="inbox-row"]//a/@href')
        following = page.xpath('//a[@rel="next"]/@href')
        address = f"/admin/analytics/conversations/{following[0]}" if following else ""

    assert len(seen) == len(set(seen)) == 5


@pytest.mark.parametrize("role", ["editor", "stranger"])
def test_who_may_not_read_conversations_gets_no_list(client: Client, site, week, role, request):
    client.force_login(request.getfixturevalue(role))

    response = client.get(conversations_behind(site.pk, "conversations", week.first, week.last))

    assert response.status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "figure=nothing",
        "dimension=nothing&value=1",
        "dimension=hour&value=noon",
        "dimension=label&value=1e9",
        "weekday=8",
        "weekday=",
        "first=soon",
        "first=2026-02-01&last=2026-01-01",
        "after=nonsense",
        "after=W251bGwsIDFd",
    ],
)
def test_what_is_no_list_does_not_exist(client: Client, site, viewer, query):
    client.force_login(viewer)

    assert client.get(f"/admin/analytics/conversations/?{query}").status_code == 404
