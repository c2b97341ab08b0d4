"""The pages without a mouse, without eyes, and as axe-core judges them."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.chat import LONG_QUESTION, SHORT_QUESTION, Chat, open_chat
from tests.browser.installation import Installation


def serious(page: Page) -> list[str]:
    """Return what axe-core finds serious or critical on the page."""
    found = Axe().run(page).response["violations"]
    return [
        f"{violation['id']}: {[node['html'] for node in violation['nodes']]}"
        for violation in found
        if violation["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/demo/", "/widget/demo/"])
def test_axe_finds_nothing_serious(
    installation: Installation, browser: Browser, path: str, scheme: str
) -> None:
    context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
    page = context.new_page()
    page.goto(f"{installation.url}{path}")
    page.wait_for_load_state("networkidle")
    assert serious(page) == []
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_a_conversation(
    installation: Installation, browser: Browser, scheme: str
) -> None:
    context = browser.new_context(
        color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce", locale="en"
    )
    page = context.new_page()
    page.goto(f"{installation.url}/widget/demo/")
    chat = Chat(page)
    chat.ask(SHORT_QUESTION)
    chat.wait_for_end()
    assert serious(page) == []
    context.close()


def test_a_conversation_needs_no_mouse(installation: Installation, page: Page) -> None:
    page.goto(f"{installation.url}/widget/demo/")
    chat = Chat(page)
    expect(chat.field).to_be_visible()
    names = []
    for _ in range(8):
        page.keyboard.press("Tab")
        names.append(page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))
        if names[-1] == "message":
            break
    assert names[-1] == "message", names
    assert SHORT_QUESTION in names
    page.keyboard.type(SHORT_QUESTION)
    page.keyboard.press("Enter")
    chat.wait_for_words()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Stop the answer")).to_be_focused()
    page.keyboard.press("Enter")
    chat.wait_for_end("stopped")


def test_an_answer_is_announced_by_sentences(installation: Installation, page: Page) -> None:
    page.goto(f"{installation.url}/widget/demo/")
    chat = Chat(page)
    page.evaluate(
        """() => {
          window.announced = [];
          new MutationObserver((records) => {
            for (const record of records)
              for (const node of record.addedNodes) window.announced.push(node.textContent);
          }).observe(document.querySelector("[data-part=announcer]"), { childList: true });
        }"""
    )
    chat.ask(LONG_QUESTION)
    chat.wait_for_end()
    announced = page.evaluate("window.announced")
    assert announced[0] == "The assistant is writing."
    ends = (".", "!", "?", ":", "”", '"', ")", "…", "*")
    assert all(part.endswith(ends) or "\n" in part for part in announced[1:-1]), announced
    words = " ".join(announced[1:]).split()
    shown = chat.answer_text.split()
    assert abs(len(words) - len(shown)) <= 0.1 * len(shown)


def test_the_transcript_itself_stays_silent(installation: Installation, page: Page) -> None:
    page.goto(f"{installation.url}/widget/demo/")
    log = page.get_by_role("log")
    expect(log).to_have_attribute("aria-live", "off")


def test_enter_during_composition_does_not_send(installation: Installation, page: Page) -> None:
    page.goto(f"{installation.url}/widget/demo/")
    chat = Chat(page)
    chat.field.fill("ni hao")
    chat.field.evaluate(
        "(field) => field.dispatchEvent("
        "new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true, cancelable: true }))"
    )
    expect(chat.field).to_have_value("ni hao")
    expect(chat.questions).to_have_count(0)


def test_shift_and_enter_breaks_the_line(installation: Installation, page: Page) -> None:
    page.goto(f"{installation.url}/widget/demo/")
    chat = Chat(page)
    chat.field.fill("one")
    chat.field.press("Shift+Enter")
    chat.field.press_sequentially("two")
    expect(chat.field).to_have_value("one\ntwo")


def test_the_limit_is_told_before_it_is_reached(installation: Installation, page: Page) -> None:
    page.goto(f"{installation.url}/widget/demo/")
    chat = Chat(page)
    counter = page.locator("[data-counter]")
    chat.field.fill("a" * 3000)
    expect(counter).to_be_hidden()
    chat.field.fill("a" * 3990)
    expect(counter).to_have_text("10 characters left")
    chat.field.fill("a" * 4001)
    expect(counter).to_have_text("1 characters too many")
    expect(chat.button).to_be_disabled()


def test_twice_the_size_still_fits(installation: Installation, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 480})
    page = context.new_page()
    page.goto(f"{installation.url}/widget/demo/")
    expect(page.get_by_role("textbox")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    context.close()


def test_an_open_chat_on_the_demo_page_is_fine_too(installation: Installation, page: Page) -> None:
    page.goto(f"{installation.url}/demo/")
    open_chat(page)
    assert serious(page) == []
