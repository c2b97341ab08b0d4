"""A visit from the first click to the last reload, with a real model and a real browser."""

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.chat import LONG_QUESTION, SHORT_QUESTION, Chat, open_chat, wait_until
from tests.browser.installation import Installation

COUNT_GROWTH = """
() => {
  window.growth = [];
  const list = document.querySelector("[data-part=messages]");
  new MutationObserver(() => {
    const text = [...list.querySelectorAll(".message--assistant .bubble__text")].at(-1)?.textContent ?? "";
    if (text && text !== window.growth.at(-1)) window.growth.push(text);
  }).observe(list, { childList: true, subtree: true, characterData: true });
}
"""

COUNT_UNREAD = """
window.counts = [];
window.parley = (...command) => (window.parley.q ||= []).push(command);
window.parley("on", "unread", ({ count }) => window.counts.push(count));
"""


def test_an_answer_grows_before_the_visitors_eyes(installation: Installation, page: Page) -> None:
    page.goto(f"{installation.url}/demo/")
    chat = open_chat(page)
    chat.place.evaluate(COUNT_GROWTH)
    chat.ask(LONG_QUESTION)
    chat.wait_for_words()
    chat.wait_for_end()
    seen = chat.place.evaluate("window.growth")
    assert len(seen) >= 4, seen
    final = chat.place.locator(".message--assistant .bubble__text").last.text_content()
    assert final is not None
    assert final.startswith(seen[0])
    assert seen[-1] == final


def test_stop_ends_the_answer_and_keeps_its_text(installation: Installation, page: Page) -> None:
    page.goto(f"{installation.url}/widget/demo/")
    chat = Chat(page)
    chat.ask(LONG_QUESTION)
    chat.wait_for_words()
    page.get_by_role("button", name="Stop the answer").click()
    chat.wait_for_end("stopped")
    assert chat.answer_text
    expect(chat.answer).to_contain_text("Stopped")
    expect(page.get_by_role("button", name="Send message")).to_be_visible()


def test_another_answer_takes_the_place_of_the_first(installation: Installation, page: Page) -> None:
    page.goto(f"{installation.url}/widget/demo/")
    chat = Chat(page)
    chat.ask(SHORT_QUESTION)
    chat.wait_for_end()
    first = chat.answer.get_attribute("data-id")
    page.get_by_role("button", name="Write another answer").click()
    expect(chat.answers).to_have_count(1)
    expect(chat.answer).not_to_have_attribute("data-id", first or "")
    chat.wait_for_end()


def test_a_reload_shows_the_whole_conversation(installation: Installation, page: Page) -> None:
    page.goto(f"{installation.url}/widget/demo/")
    chat = Chat(page)
    chat.ask(SHORT_QUESTION)
    chat.wait_for_end()
    before = chat.answer_text
    thumb = chat.answer.get_by_role("button", name="Helpful", exact=True)
    thumb.click()
    expect(thumb).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(chat.questions).to_have_count(1)
    expect(chat.questions.first).to_contain_text(SHORT_QUESTION)
    expect(chat.answers).to_have_count(1)
    assert chat.answer_text == before
    expect(thumb).to_have_attribute("aria-pressed", "true")


def test_a_second_tab_joins_a_running_answer(
    installation: Installation, context: BrowserContext, page: Page
) -> None:
    page.goto(f"{installation.url}/widget/demo/")
    first = Chat(page)
    first.ask(LONG_QUESTION)
    first.wait_for_words()
    tab = context.new_page()
    tab.goto(f"{installation.url}/widget/demo/")
    second = Chat(tab)
    second.wait_for_words()
    assert second.answer_text
    first.wait_for_end()
    second.wait_for_end()
    assert second.answer_text == first.answer_text


def test_a_reload_in_the_middle_goes_on(installation: Installation, page: Page) -> None:
    page.goto(f"{installation.url}/widget/demo/")
    chat = Chat(page)
    chat.ask(LONG_QUESTION)
    chat.wait_for_words()
    page.reload()
    chat.wait_for_words()
    chat.wait_for_end()
    expect(chat.questions).to_have_count(1)


def test_a_chinese_browser_gets_a_chinese_chat(installation: Installation, browser: Browser) -> None:
    context = browser.new_context(locale="zh-CN", viewport={"width": 1100, "height": 800})
    page = context.new_page()
    page.goto(f"{installation.url}/demo/")
    chat = open_chat(page)
    assert chat.place.locator("html").get_attribute("lang") == "zh-hans"
    expect(chat.field).to_have_attribute("placeholder", "输入消息…")
    chat.ask("你好")
    expect(chat.place.get_by_role("button", name="停止回答")).to_be_visible()
    chat.place.get_by_role("button", name="停止回答").click()
    expect(chat.answer).to_contain_text("已停止")
    context.close()


def test_a_new_conversation_begins_empty(installation: Installation, page: Page) -> None:
    page.goto(f"{installation.url}/widget/demo/")
    chat = Chat(page)
    chat.ask(LONG_QUESTION)
    chat.wait_for_words()
    page.get_by_role("button", name="New conversation").click()
    expect(chat.questions).to_have_count(0)
    expect(page.get_by_role("heading", name="Hello! How can we help?")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Hello! How can we help?")).to_be_visible()


def test_an_answer_that_nobody_saw_is_counted(installation: Installation, page: Page) -> None:
    page.add_init_script(COUNT_UNREAD)
    page.goto(f"{installation.url}/demo/")
    chat = open_chat(page)
    chat.ask(LONG_QUESTION)
    chat.wait_for_words()
    page.evaluate("parley('close')")
    wait_until(page, "counts.at(-1) === 1")
    page.reload()
    wait_until(page, "counts.at(-1) === 1")
    page.evaluate("parley('open')")
    wait_until(page, "counts.at(-1) === 0")
