"""An operator lets the model help, by mouse and by key; nothing of it reaches the visitor by itself."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.chat import Chat
from tests.browser.scripted_installation import ScriptedInstallation, scripted_installation
from tests.browser.test_accessibility import serious

QUESTION = "A human for the broken bulb, please"
TEXT = "Hello from the script."


@pytest.fixture(scope="module")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScriptedInstallation]:
    with scripted_installation(tmp_path_factory.mktemp("scripted")) as installation:
        yield installation


@pytest.fixture(params=["en-US", "zh-CN"])
def operator(
    scripted: ScriptedInstallation, browser: Browser, request: pytest.FixtureRequest
) -> Iterator[BrowserContext]:
    """Ann's browser, in either language."""
    context = browser.new_context(locale=request.param)
    cookie = {"name": "sessionid", "value": scripted.sessions["Ann"], "url": scripted.url}
    context.add_cookies([cookie])  # type: ignore[list-item]
    yield context
    context.close()


def test_from_the_summary_to_a_reply_that_was_checked(
    scripted: ScriptedInstallation, operator: BrowserContext, page: Page
) -> None:
    page.goto(f"{scripted.url}/widget/demo/")
    Chat(page).ask(QUESTION)
    inbox = operator.new_page()
    inbox.goto(f"{scripted.url}/admin/inbox/?tab=waiting")
    inbox.locator(".inbox-row", has_text=QUESTION).get_by_role("link").click()
    help = inbox.locator("#inbox-assistance")
    result, text = help.locator("[data-result]"), help.locator("[data-text]")

    # The visitor waits, so the page has asked for a summary by itself.
    summary = help.locator("[data-summary]")
    expect(summary).to_have_text(TEXT)
    inbox.reload()
    expect(summary).to_have_text(TEXT)
    expect(help.locator("[data-assist=translate_draft]")).to_be_disabled()
    assert serious(inbox) == []

    inbox.locator("#inbox-turn form[data-act=take-over] button").click()
    field = inbox.locator("#inbox-text")
    field.fill("You will get a new one.")
    scripted.model.hold_after = 1
    help.locator("[data-assist=shorter]").press("Enter")
    expect(text).to_have_text("Hello")
    help.locator("[data-cancel]").press("Enter")
    expect(result).to_be_hidden()
    scripted.model.gate.set()
    expect(field).to_have_value("You will get a new one.")

    help.locator("[data-assist=reply]").press("Enter")
    expect(text).to_have_text(TEXT)
    assert serious(inbox) == []
    help.locator("[data-use]").press("Enter")
    expect(field).to_have_value(TEXT)
    expect(field).to_be_focused()
    help.locator("[data-undo]").click()
    expect(field).to_have_value("You will get a new one.")

    old = help.locator("[data-old]")
    expect(old).to_be_hidden()
    Chat(page).ask("Are you there?")
    expect(old).to_be_visible()
    assert page.locator(".message", has_text=TEXT).count() == 0
    inbox.locator("#inbox-turn form[data-act=close] button").click()
