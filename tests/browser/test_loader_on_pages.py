"""The loader on the pages of companies: strict, early, twice, and swapped under its feet."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chat import chat_frames, framed_chat, open_chat
from tests.browser.host_pages import HostPages
from tests.browser.installation import Installation

QUEUE = (
    "window.parley ||= function (...command) { (window.parley.q ||= []).push(command);"
    " return () => (command.undo ? command.undo() : command.splice(0)); };"
)
READY = "document.querySelector('parley-chat') !== null"


def tag(installation: Installation, site: str = "acme", attributes: str = "") -> str:
    return (
        f'<script async src="{installation.url}/widget/loader.js" data-site="{site}" {attributes}></script>'
    )


def html(head: str = "", body: str = "<h1>Acme</h1>") -> str:
    return f"<!doctype html><html lang=en><head><title>Acme</title>{head}</head><body>{body}</body></html>"


@pytest.fixture
def acme(installation: Installation, host_pages: HostPages, page: Page) -> Page:
    """The home page of Acme with the tag in its head, opened."""
    host_pages.html["/"] = html(tag(installation))
    page.goto(f"{host_pages.origin}/")
    page.wait_for_function(READY)
    return page


def test_it_needs_no_more_than_its_own_origin_in_a_strict_policy(
    installation: Installation, host_pages: HostPages, page: Page
) -> None:
    refused: list[str] = []
    page.on("console", lambda message: "Content Security" in message.text and refused.append(message.text))
    host_pages.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src {installation.url}; frame-src {installation.url}; base-uri 'none'"
    )
    host_pages.html["/"] = html(tag(installation))
    page.goto(f"{host_pages.origin}/")
    chat = open_chat(page)
    expect(chat.place.get_by_role("heading", name="Acme")).to_be_visible()
    assert not refused


def test_it_works_on_a_page_that_isolates_itself(
    installation: Installation, host_pages: HostPages, page: Page
) -> None:
    host_pages.headers |= {
        "Cross-Origin-Embedder-Policy": "require-corp",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    host_pages.html["/"] = html(tag(installation))
    page.goto(f"{host_pages.origin}/")
    expect(open_chat(page).field).to_be_visible()
    assert page.evaluate("crossOriginIsolated")


def test_it_adds_one_global_only(acme: Page) -> None:
    added = acme.evaluate(
        """() => {
          const frame = document.body.appendChild(document.createElement("iframe"));
          const usual = new Set([...Object.getOwnPropertyNames(frame.contentWindow), "0"]);
          frame.remove();
          return Object.getOwnPropertyNames(window).filter((name) => !usual.has(name));
        }"""
    )
    assert "parley" in added
    assert set(added) <= {"parley", "__playwright__binding__", "__pwInitScripts", "__playwright_builtins__"}


def test_no_frame_is_loaded_before_somebody_wants_it(acme: Page) -> None:
    assert chat_frames(acme) == []


def test_the_page_cannot_look_into_the_launcher(acme: Page) -> None:
    assert acme.evaluate("document.querySelector('parley-chat').shadowRoot") is None


def test_a_tag_that_is_there_twice_counts_once(
    installation: Installation, host_pages: HostPages, page: Page
) -> None:
    host_pages.html["/"] = html(tag(installation) + tag(installation), f"<p>Acme</p>{tag(installation)}")
    page.goto(f"{host_pages.origin}/")
    page.wait_for_function(READY)
    page.wait_for_load_state("networkidle")
    assert page.locator("parley-chat").count() == 1


def test_commands_given_before_it_is_there_are_kept(
    installation: Installation, host_pages: HostPages, page: Page
) -> None:
    early = (
        "window.seen = [];"
        "parley('on', 'open', () => seen.push('open'));"
        "const stop = parley('on', 'open', () => seen.push('never'));"
        "stop();"
        "window.later = parley('on', 'close', () => seen.push('never'));"
        "parley('open'); parley('prefill', 'About your lamps');"
    )
    host_pages.html["/"] = html(f"<script>{QUEUE}{early}</script>{tag(installation)}")
    page.goto(f"{host_pages.origin}/")
    page.wait_for_function(READY)
    chat = framed_chat(page)
    expect(chat.field).to_have_value("About your lamps")
    page.evaluate("() => { later(); parley('close'); }")
    assert page.evaluate("seen") == ["open"]


@pytest.mark.parametrize(
    "swap",
    [
        "document.body.innerHTML = '<h1>Next</h1>'",
        "document.body.replaceWith(document.createElement('body'))",
        "document.documentElement.replaceChildren(document.head, document.createElement('body'))",
    ],
)
def test_it_survives_pages_that_swap_their_body(acme: Page, swap: str) -> None:
    acme.evaluate(swap)
    acme.wait_for_function(READY)
    chat = open_chat(acme)
    expect(chat.field).to_be_visible()
    assert acme.locator("parley-chat").count() == 1


def test_an_open_chat_keeps_its_draft_when_the_body_is_swapped(acme: Page) -> None:
    chat = open_chat(acme)
    chat.field.fill("Half a sent")
    acme.evaluate("document.body.innerHTML = '<h1>Next</h1>'")
    expect(chat.field).to_have_value("Half a sent")


def test_focus_goes_in_and_comes_back(acme: Page) -> None:
    acme.keyboard.press("Tab")
    acme.keyboard.press("Enter")
    chat = framed_chat(acme)
    expect(chat.field).to_be_focused()
    acme.keyboard.press("Escape")
    acme.wait_for_function("document.activeElement.localName === 'parley-chat'")
    acme.keyboard.press("Enter")
    expect(chat.field).to_be_focused()


def test_listeners_hear_of_opening_and_closing(acme: Page) -> None:
    acme.evaluate(
        """() => {
          window.seen = [];
          for (const name of ["open", "close"]) parley("on", name, () => seen.push(name));
        }"""
    )
    acme.evaluate("parley('toggle')")
    framed_chat(acme)
    acme.evaluate("parley('toggle')")
    assert acme.evaluate("seen") == ["open", "close"]


def test_it_can_be_taken_away_and_brought_back(acme: Page) -> None:
    acme.evaluate("parley('shutdown')")
    assert acme.locator("parley-chat").count() == 0
    acme.evaluate("parley('boot')")
    acme.wait_for_function(READY)


def test_it_changes_its_language(acme: Page) -> None:
    chat = open_chat(acme)
    expect(chat.field).to_have_attribute("placeholder", "Write a message…")
    acme.evaluate("parley('setLocale', 'zh-hans')")
    # The frame in the old language may be listed for a moment longer.
    expect(framed_chat(acme, "lang=zh-hans").field).to_have_attribute("placeholder", "输入消息…")


def test_it_follows_the_theme_of_the_page(acme: Page) -> None:
    chat = open_chat(acme)
    acme.evaluate("parley('setTheme', 'dark')")
    expect(chat.place.locator("html")).to_have_attribute("data-theme", "dark")


def test_a_page_that_the_site_does_not_list_cannot_show_it(
    installation: Installation, host_pages: HostPages, page: Page
) -> None:
    host_pages.html["/"] = html(tag(installation, "demo"))
    page.goto(f"{host_pages.origin}/")
    page.wait_for_function(READY)
    with page.expect_console_message(lambda message: "frame-ancestors" in message.text):
        page.evaluate("parley('open')")
    assert chat_frames(page) == []


def test_an_unknown_site_says_so_and_shows_nothing(
    installation: Installation, host_pages: HostPages, page: Page
) -> None:
    host_pages.html["/"] = html(tag(installation, "nobody"))
    with page.expect_console_message(lambda message: 'the site "nobody"' in message.text):
        page.goto(f"{host_pages.origin}/")
    assert page.locator("parley-chat").count() == 0


def test_messages_of_strangers_are_ignored(acme: Page) -> None:
    chat = open_chat(acme)
    acme.evaluate(
        """() => {
          const forged = { v: 1, channel: "parley", type: "close", payload: {} };
          window.postMessage(forged, "*");
          const frame = document.body.appendChild(document.createElement("iframe"));
          frame.contentWindow.parent.postMessage({ ...forged, type: "unread", payload: { count: 7 } }, "*");
        }"""
    )
    acme.evaluate("new Promise((done) => setTimeout(done))")
    expect(chat.field).to_be_visible()
    assert acme.evaluate("document.activeElement.localName") == "parley-chat"


def test_on_a_phone_it_fills_the_screen(
    installation: Installation, host_pages: HostPages, page: Page
) -> None:
    page.set_viewport_size({"width": 375, "height": 667})
    host_pages.html["/"] = html(tag(installation))
    page.goto(f"{host_pages.origin}/")
    chat = open_chat(page)
    assert chat.place.evaluate("[innerWidth, innerHeight]") == [375, 667]
    chat.place.get_by_role("button", name="Close chat").click()
    page.wait_for_function("document.activeElement.localName === 'parley-chat'")
