"""The dashboard shows the figures of the own site and period, and nothing of others."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from lxml import html

from accounts.models import Site
from chatbot.analytics import refreshing
from chatbot.analytics.definitions import FIGURES
from chatbot.analytics.models import DailyFigures
from chatbot.analytics.periods import Period
from chatbot.conversations.models import HandoffSettings
from tests.chatbot.analytics.dashboard.past import known_history, talk

pytestmark = pytest.mark.django_db

PAGE = "/admin/analytics/"


def read(client: Client, **query: str) -> html.HtmlElement:
    response = client.get(PAGE, query)
    assert response.status_code == 200
    return html.fromstring(response.content.decode())


def card(page: html.HtmlElement, figure: str) -> str:
    (found,) = page.xpath(f'//*[@data-figure="{figure}"]//*[@class="figures-value"]')
    return found.text_content().strip()


def change(page: html.HtmlElement, figure: str) -> str:
    (found,) = page.xpath(f'//*[@data-figure="{figure}"]//*[contains(@class, "figures-change")]')
    return " ".join(found.text_content().split())


@pytest.mark.parametrize("role", ["owner", "editor", "operator", "viewer"])
def test_everybody_of_the_site_reads_its_figures(client: Client, site, other_site, role, request):
    known_history(site, timezone.now())
    talk(other_site, timezone.now() - timedelta(days=1), "visitor: Psst", "assistant: Secret")
    refreshing.recount(other_site)
    client.force_login(request.getfixturevalue(role))

    page = read(client, period="7")

    assert card(page, "conversations") == "5"
    assert card(page, "resolved") == "40.0 %"
    assert card(page, "handed_over") == "20.0 %"
    assert "Other Oak" not in page.text_content()


def test_a_stranger_is_refused_the_site_and_has_an_own_page(client: Client, site, stranger):
    known_history(site, timezone.now())
    client.force_login(stranger)

    assert client.get(PAGE, {"site": site.pk}).status_code == 404
    page = read(client)
    assert "Nothing was said in these days" in page.text_content()
    assert "Lumen" not in page.text_content()


def test_only_who_reads_conversations_gets_links_to_them(client: Client, site, editor, viewer):
    known_history(site, timezone.now())
    link = '//a[contains(@href, "/admin/analytics/conversations/")]'

    client.force_login(viewer)
    assert len(read(client, period="7").xpath(link)) > 50
    client.force_login(editor)
    assert read(client, period="7").xpath(link) == []


def test_each_number_above_nothing_is_a_link(client: Client, site, viewer):
    known_history(site, timezone.now())
    client.force_login(viewer)

    page = read(client, period="7")

    for cell in page.xpath("//table//td | //*[@class='figures-value']"):
        shown = cell.text_content().strip()
        if shown[0] != "–" and not shown.startswith("0"):
            assert cell.xpath(".//a/@href"), shown


def test_changes_are_better_or_worse_as_the_figure_has_it(client: Client, site, viewer):
    known_history(site, timezone.now())
    client.force_login(viewer)

    page = read(client, period="7")

    assert change(page, "conversations") == "↑ +3 (+150 %) before: 2"
    assert change(page, "resolved") == "↓ −60.0 points (−60 %) worse before: 100.0 %"
    assert change(page, "abandoned") == "↑ +20.0 points worse before: 0.0 %"
    assert change(page, "first_token_p50") == "unchanged before: " + card(page, "first_token_p50")
    assert change(page, "rating") == "unchanged before: 4.00"


def test_each_figure_says_what_it_means(client: Client, site, viewer):
    known_history(site, timezone.now())
    client.force_login(viewer)

    page = read(client, period="7")

    for element in page.xpath("//*[@data-figure]"):
        (meaning,) = element.xpath(".//details/p")
        assert meaning.text_content() == str(FIGURES[element.get("data-figure")].definition)


def test_tables_by_language_label_prompt_and_model_have_names(client: Client, site, viewer):
    known_history(site, timezone.now())
    client.force_login(viewer)

    page = read(client, period="7")

    heads = page.xpath("//*[contains(@class, 'figures-breakdown')]//tbody/tr/th")
    assert {"English", "Simplified Chinese", "Returns", "tiny@7"} <= {head.text_content() for head in heads}


def test_a_site_without_a_word_says_what_to_do(client: Client, site, owner):
    client.force_login(owner)

    page = read(client)

    assert "Nothing was said in these days" in page.text_content()
    assert "Not counted yet" in page.text_content()
    assert page.xpath(f'//a[@href="/admin/accounts/site/{site.pk}/change/"]')
    assert page.xpath("//*[@data-figure]") == []


def test_days_are_those_of_the_sites_clock(client: Client, site: Site, owner, monkeypatch):
    HandoffSettings.objects.create(site=site, time_zone="Pacific/Kiritimati")
    moment = timezone.now().replace(year=2026, month=3, day=10, hour=11, minute=0)
    monkeypatch.setattr(timezone, "now", lambda: moment)
    # Ten o'clock in London is midnight there, of a day that has not begun elsewhere.
    talk(site, moment.replace(hour=10, minute=0), "visitor: Early", "assistant: Indeed")
    talk(site, moment.replace(hour=9, minute=30), "visitor: Late", "assistant: Indeed")
    refreshing.refresh()
    client.force_login(owner)

    page = read(client, period="today")

    assert card(page, "conversations") == "1"
    (days,) = page.xpath('//*[@id="figures-span"]')
    told = " ".join(days.text_content().split())
    assert "March 11, 2026 · compared with March 10, 2026" in told
    assert "Days by the clock of Pacific/Kiritimati" in told
    assert "As of 03/11/2026 1" in told


def test_a_day_is_shown_by_its_hours_and_a_year_by_its_weeks(client: Client, site, owner):
    known_history(site, timezone.now())
    client.force_login(owner)
    rows = '//*[@id="figures-volume"]//tbody/tr'
    last = timezone.localdate()

    day = str(timezone.now().date() - timedelta(days=2))
    assert len(read(client, first=day, last=day).xpath(rows)) == 24
    assert len(read(client, period="90").xpath(rows)) == 90
    first = last - timedelta(days=365)
    assert len(read(client, first=str(first), last=str(last)).xpath(rows)) == 53


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"first": "soon", "last": "2026-01-01"}, "A date looks like 2026-01-31."),
        ({"first": "2026-02-01", "last": "2026-01-01"}, "The first day must not come after the last."),
        ({"first": "2020-01-01", "last": "2026-01-01"}, "Choose at most 366 days."),
        ({"first": "0001-01-01", "last": "0001-01-02"}, "Choose days of the years 2000 to 9000."),
    ],
)
def test_wrong_dates_get_an_explanation(client: Client, site, owner, query, words):
    client.force_login(owner)

    page = read(client, **query)

    (problem,) = page.xpath('//*[@role="alert"]')
    assert problem.text_content() == f"{words} The last 30 days are shown."


@pytest.mark.parametrize("wanted", ["0", "x", "9" * 40, "-1", "٣"])
def test_a_site_that_is_none_does_not_exist(client: Client, site, owner, wanted):
    client.force_login(owner)

    assert client.get(PAGE, {"site": wanted}).status_code == 404


def test_the_page_asks_as_often_for_a_long_period_as_for_a_short_one(
    client: Client, site, owner, django_assert_max_num_queries
):
    today = timezone.localdate()
    dimensions = [
        ("all", ""),
        *(("hour", str(hour)) for hour in range(24)),
        *(("language", f"x{n}") for n in range(9)),
    ]
    DailyFigures.objects.bulk_create(
        DailyFigures(
            site=site, day=day, dimension=dimension, value=value, conversations=3, resolved=1, ended=2
        )
        for day in Period.ending(today, 180)
        for dimension, value in dimensions
    )
    client.force_login(owner)
    counts = []
    for period in ("7", "90"):
        with django_assert_max_num_queries(40) as captured:
            read(client, period=period)
        counts.append(len(captured))

    assert counts[0] == counts[1]


def test_a_figure_of_last_month_is_that_of_its_days(client: Client, site, owner):
    last_month = timezone.localdate().replace(day=1) - timedelta(days=1)
    for day, count in ((last_month, 7), (last_month.replace(day=1), 5), (date.today(), 3)):
        DailyFigures.objects.create(site=site, day=day, dimension="all", conversations=count)
    client.force_login(owner)

    assert card(read(client, period="last-month"), "conversations") == "12"


def test_the_page_is_in_chinese_for_who_reads_chinese(client: Client, site, owner):
    known_history(site, timezone.now())
    client.force_login(owner)
    client.cookies["django_language"] = "zh-hans"

    page = read(client, period="7")

    labels = page.xpath(
        "//*[@id='figures']//h2 | //*[@id='figures']//h3 | //*[@id='figures']//th[@scope='col']"
    )
    assert len(labels) > 40
    assert [label.text_content() for label in labels if label.text_content().isascii()] == []
    assert change(page, "abandoned") == "↑ +20.0 个百分点 变差 之前： 0.0 %"
