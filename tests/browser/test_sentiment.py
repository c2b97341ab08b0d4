"""An operator sees a visitor's mood turn while it happens, asks why, and corrects it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chat import Chat
from tests.browser.scripted_installation import ScriptedInstallation, scripted_installation
from tests.browser.test_accessibility import serious


@pytest.fixture(scope="module")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScriptedInstallation]:
    with scripted_installation(tmp_path_factory.mktemp("scripted")) as installation:
        installation.model.classifies = True
        yield installation


@pytest.fixture
def operator(scripted: ScriptedInstallation, browser: Browser) -> Iterator[Page]:
    """A tab of Ann's; the test fails when a script on it does, or wants what the policy forbids."""
    context = browser.new_context(locale="en-US")
    cookie = {"name": "sessionid", "value": scripted.sessions["Ann"], "url": scripted.url}
    context.add_cookies([cookie])  # type: ignore[list-item]
    page = context.new_page()
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.on(
        "console",
        lambda message: failures.append(message.text) if "Content Security Policy" in message.text else None,
    )
    yield page
    context.close()
    assert not failures, failures


def test_a_mood_is_seen_at_once_explained_and_corrected(
    scripted: ScriptedInstallation, operator: Page, page: Page
) -> None:
    operator.goto(f"{scripted.url}/admin/inbox/?tab=all")
    page.goto(f"{scripted.url}/widget/demo/")
    chat = Chat(page)
    chat.ask("The lamp is bad and I am sad")

    # The list was open all the time.
    row = operator.locator(".inbox-row").first
    expect(row.locator(".inbox-mood-negative")).to_be_visible()
    expect(row.get_by_text("Unhappy")).to_be_attached()
    assert serious(operator) == []
    chat.wait_for_end()

    row.get_by_role("link").click()
    first = operator.locator(".parley-by-visitor").first
    first.locator("summary").click()
    expect(first.get_by_text("70.0 %")).to_be_visible()
    first.get_by_role("link", name="Why?").click()
    expect(first.locator("mark.inbox-pull-down")).to_have_text("bad")
    expect(first.locator("tfoot")).to_contain_text("−0.60")
    operator.locator("#inbox-course-table summary").click()
    assert serious(operator) == []

    # So was the page; what is open in it stays so.
    chat.ask("Oh, now it is great")
    second = operator.locator(".parley-by-visitor").nth(1)
    expect(second.locator(".parley-feels-positive")).to_be_visible()
    expect(operator.locator(".inbox-course circle")).to_have_count(2)
    expect(first.locator("mark.inbox-pull-down")).to_be_visible()
    expect(operator.locator("#inbox-course-table table")).to_be_visible()

    first.get_by_label("Correct to").select_option("positive")
    expect(first.get_by_text("Positive · corrected")).to_be_visible()
    expect(operator.locator("#inbox-mood .inbox-mood-positive")).to_be_visible()


def test_without_a_classifier_the_question_why_gets_a_clear_answer(
    scripted: ScriptedInstallation, operator: Page, page: Page
) -> None:
    page.goto(f"{scripted.url}/widget/demo/")
    Chat(page).ask("Such a bad lamp")
    operator.goto(f"{scripted.url}/admin/inbox/?tab=unhappy")
    row = operator.locator(".inbox-row").first
    expect(row).to_be_visible()
    row.get_by_role("link").click()
    scripted.model.classifies = False
    try:
        message = operator.locator(".parley-by-visitor").first
        message.locator("summary").click()
        message.get_by_role("link", name="Why?").click()
        expect(message.locator(".parley-error")).to_have_text(
            "No classifier answers just now. Is the model server running with a sentiment head?"
        )
    finally:
        scripted.model.classifies = True
