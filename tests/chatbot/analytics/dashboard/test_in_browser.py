"""The dashboard in a real Chromium: its figures are those of the raw tables, and every control is reached."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from playwright.sync_api import Page, expect

from chatbot.analytics.periods import Period
from tests.accounts.test_admin_in_browser import signed_in
from tests.chatbot.analytics.dashboard.past import known_history

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def figure(page: Page, name: str) -> str:
    return page.locator(f'[data-figure="{name}"] .figures-value').inner_text()


def sql(statement: str, *values: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()[0]


def counted_by_hand(site_id: int, period: Period) -> dict[str, str]:
    """Return what the page has to show of the known history, from the tables of what was said alone."""
    # The test's site lives by UTC, in which the database keeps its moments.
    span = (site_id, f"{period.first} 00:00:00", f"{period.last} 23:59:59.999999")
    said = """
        FROM conversations_message m JOIN conversations_conversation c ON c.id = m.conversation_id
        WHERE c.site_id = %s AND m.created_at BETWEEN %s AND %s
    """
    begun = """
        FROM conversations_conversation c WHERE c.site_id = %s AND (
            SELECT MIN(created_at) FROM conversations_message m WHERE m.conversation_id = c.id
        ) BETWEEN %s AND %s
    """
    last = """(SELECT author FROM conversations_message m WHERE m.conversation_id = c.id
               ORDER BY id DESC LIMIT 1)"""
    asked = """EXISTS (SELECT 1 FROM conversations_conversationevent e
               WHERE e.conversation_id = c.id AND e.kind = 'handoff.requested')"""
    unknown = """EXISTS (SELECT 1 FROM conversations_replytrace t
                 JOIN conversations_message m ON m.id = t.message_id
                 WHERE m.conversation_id = c.id AND t.kind = 'unknown')"""
    feeling = """
        FROM conversations_messagesentiment s JOIN conversations_message m ON m.id = s.message_id
        JOIN conversations_conversation c ON c.id = m.conversation_id
        WHERE c.site_id = %s AND m.created_at BETWEEN %s AND %s
    """
    conversations = sql(f"SELECT COUNT(*) {begun}", *span)
    answers = sql(f"SELECT COUNT(*) {said} AND m.author = 'assistant'", *span)
    resolved = sql(
        f"SELECT COUNT(*) {begun} AND {last} = 'assistant' AND NOT {asked} AND NOT {unknown}", *span
    )
    abandoned = sql(f"SELECT COUNT(*) {begun} AND {last} = 'visitor'", *span)
    felt = sql(f"SELECT COUNT(*) {feeling}", *span)
    negative = sql(f"SELECT COUNT(*) {feeling} AND s.label = 'negative'", *span)
    return {
        "conversations": str(conversations),
        "messages": str(sql(f"SELECT COUNT(*) {said} AND m.author = 'visitor'", *span)),
        "answers": str(answers),
        # All of them ended: they are older than four hours.
        "resolved": f"{100 * resolved / conversations:.1f} %",
        "abandoned": f"{100 * abandoned / conversations:.1f} %",
        "handed_over": f"{100 * sql(f'SELECT COUNT(*) {begun} AND {asked}', *span) / conversations:.1f} %",
        "unknown": f"{100 * sql(f'SELECT COUNT(*) {begun} AND {unknown}', *span) / answers:.1f} %",
        "rating": f"{sql(f'SELECT AVG(c.rating) {begun}', *span):.2f}",
        "thumbs_up": str(sql(f"SELECT COUNT(*) {said} AND m.feedback = 'up'", *span)),
        "negative": f"{100 * negative / felt:.1f} %",
    }


def begun_on(site_id: int, day: date) -> int:
    began = (
        "SELECT COUNT(*) FROM conversations_conversation WHERE site_id = %s AND created_at BETWEEN %s AND %s"
    )
    return sql(began, site_id, f"{day} 00:00:00", f"{day} 23:59:59.999999")


def test_the_page_shows_what_the_raw_tables_hold(live_server, site, viewer):
    known_history(site, timezone.now())
    week = Period.ending(timezone.localdate(), 7)
    periods = {"7": week, "30": Period.ending(timezone.localdate(), 30)}
    expected = {name: counted_by_hand(site.pk, period) for name, period in periods.items()}
    by_day = {str(day): begun_on(site.pk, day) for day in week if begun_on(site.pk, day)}
    assert expected["7"]["conversations"] == "5" and expected["30"]["conversations"] == "7"
    with signed_in(live_server.url, viewer) as page:
        for name in periods:
            page.goto(f"/admin/analytics/?period={name}")
            shown = {key: figure(page, key) for key in expected[name]}
            assert shown == expected[name]
        page.goto("/admin/analytics/?period=7")
        page.locator("#figures-volume summary").click()
        for day, count in by_day.items():
            link = page.locator(f'#figures-volume table a[href*="figure=conversations&day={day}"]')
            expect(link).to_have_text(str(count))
            listed = page.context.new_page()
            listed.goto(f"{live_server.url}{link.get_attribute('href')}")
            expect(listed.locator(".inbox-row")).to_have_count(count)
            listed.close()


def test_another_period_is_swapped_in_and_the_back_button_returns(live_server, site, viewer):
    known_history(site, timezone.now())
    with signed_in(live_server.url, viewer) as page:
        page.goto("/admin/analytics/?period=7")
        page.evaluate("window.stays = true")

        page.get_by_role("link", name="30 days").click()

        expect(page.locator('[data-figure="conversations"] .figures-value')).to_have_text("7")
        expect(page).to_have_url(f"{live_server.url}/admin/analytics/?site={site.pk}&period=30")
        expect(page.get_by_role("link", name="30 days")).to_be_focused()
        expect(page.locator("#figures-said")).to_contain_text("compared with")
        page.go_back()
        expect(page.locator('[data-figure="conversations"] .figures-value')).to_have_text("5")
        expect(page.get_by_role("link", name="7 days", exact=True)).to_have_attribute("aria-current", "true")
        assert page.evaluate("window.stays"), "a page was loaded"
        page.get_by_label("From").fill(str(timezone.localdate() - timedelta(days=29)))
        page.get_by_role("button", name="Show").click()
        expect(page.locator('[data-figure="conversations"] .figures-value')).to_have_text("7")


def test_charts_are_walked_by_keyboard_and_lead_to_conversations(live_server, site, viewer):
    known_history(site, timezone.now())
    with signed_in(live_server.url, viewer) as page:
        page.goto("/admin/analytics/?period=7")
        points = page.locator("#figures-volume .chart-point")
        expect(points.last).to_have_attribute("tabindex", "0")

        points.last.focus()
        for _ in range(2):
            page.keyboard.press("ArrowLeft")

        # Two days ago one conversation took place.
        expect(points.nth(4)).to_be_focused()
        expect(page.locator(".chart-tip")).to_contain_text("Conversations: 1")
        page.keyboard.press("Home")
        expect(points.first).to_be_focused()
        page.keyboard.press("End")
        for _ in range(2):
            page.keyboard.press("ArrowLeft")
        page.keyboard.press("Enter")
        expect(page.locator(".inbox-row")).to_have_count(1)


def test_every_control_is_reached_by_the_tab_key(live_server, site, viewer):
    known_history(site, timezone.now())
    with signed_in(live_server.url, viewer) as page:
        page.goto("/admin/analytics/?period=7")
        wanted = page.locator(
            "#figures :is(a:not(.chart-point), button, select, input:not([type=hidden]), summary):visible"
        )
        count = wanted.count()
        page.locator("#figures a").first.focus()
        reached = set()
        for _ in range(2 * count + 60):
            place = page.evaluate(
                """() => {
                    const controls = "#figures :is(a, button, select, input, summary)";
                    return [...document.querySelectorAll(controls)].indexOf(document.activeElement);
                }"""
            )
            if place < 0 and page.evaluate("!document.activeElement.closest('#figures')"):
                break
            if page.evaluate("!document.activeElement.matches('.chart-point, .parley-scroll')"):
                reached.add(place)
            page.keyboard.press("Tab")

    assert count > 60
    assert len(reached) == count


def test_a_figures_meaning_opens_and_closes_by_keyboard(live_server, site, viewer):
    known_history(site, timezone.now())
    with signed_in(live_server.url, viewer) as page:
        page.goto("/admin/analytics/?period=7")
        meaning = page.locator('[data-figure="handed_over"] details')

        meaning.locator("summary").press("Enter")

        expect(meaning.locator("p")).to_be_visible()
        expect(meaning.locator("summary")).to_have_accessible_name("What “Handed over” means")
        page.keyboard.press("Escape")
        expect(meaning.locator("p")).not_to_be_visible()
        expect(meaning.locator("summary")).to_be_focused()


def test_all_of_it_works_without_scripts(live_server, site, viewer):
    known_history(site, timezone.now())
    with signed_in(live_server.url, viewer, java_script_enabled=False) as page:
        page.goto("/admin/analytics/")
        page.get_by_role("link", name="7 days", exact=True).click()
        assert figure(page, "conversations") == "5"
        page.locator("#figures-volume summary").click()
        expect(page.locator("#figures-volume table")).to_be_visible()
        page.get_by_label("From").fill(str(timezone.localdate() - timedelta(days=29)))
        page.get_by_role("button", name="Show").click()
        assert figure(page, "conversations") == "7"
        page.locator('[data-figure="conversations"] .figures-value a').click()
        expect(page.locator(".inbox-row")).to_have_count(7)


def test_on_a_phone_nothing_is_wider_than_the_screen(live_server, site, viewer):
    known_history(site, timezone.now())
    with signed_in(live_server.url, viewer, viewport={"width": 360, "height": 740}) as page:
        page.goto("/admin/analytics/?period=90")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        for chart in page.locator(".chart-frame").all():
            box = chart.bounding_box()
            assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 360
