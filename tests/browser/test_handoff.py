"""A visitor in one browser, an operator in another: the way to a person and back, in both languages."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.chat import Chat
from tests.browser.scripted_installation import ScriptedInstallation, scripted_installation
from tests.browser.test_accessibility import serious


@dataclass(frozen=True, slots=True)
class Words:
    """What both say, and what the buttons are called."""

    locale: str
    inbox: str
    question: str
    wish: str
    reply: str
    thanks: str
    last: str
    take_over: str
    send: str
    hand_back: str
    hand_back_now: str
    hand_back_note: str
    note: str


ENGLISH = Words(
    locale="en-US",
    inbox="Inbox",
    question="Where is my lamp?",
    wish="I want to talk to a human",
    reply="This is Ann. It arrives on Monday.",
    thanks="Thank you, Ann",
    last="And the bulb?",
    take_over="Take over",
    send="Send",
    hand_back="Hand back to the assistant",
    hand_back_now="Hand back",
    hand_back_note="A note that the assistant reads; the visitor does not",
    note="The lamp arrives on Monday",
)
CHINESE = Words(
    locale="zh-CN",
    inbox="收件箱",
    question="我的灯在哪里？",
    wish="我要转人工",
    reply="我是 Ann，周一送到。",
    thanks="谢谢你",
    last="灯泡呢？",
    take_over="接手",
    send="发送",
    hand_back="交还给助手",
    hand_back_now="交还",
    hand_back_note="给助手看的备注，访客看不到",
    note="灯周一送到",
)


@pytest.fixture(scope="module")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScriptedInstallation]:
    with scripted_installation(tmp_path_factory.mktemp("scripted")) as installation:
        yield installation


Enter = Callable[..., Page]


@pytest.fixture
def enter(scripted: ScriptedInstallation, browser: Browser) -> Iterator[Enter]:
    """Open a tab of a visitor, or of an operator by name; a script that fails there fails the test."""
    contexts: list[BrowserContext] = []
    failures: list[str] = []

    def open_tab(name: str | None = None, **options: object) -> Page:
        context = browser.new_context(**{"locale": "en-US", **options})  # type: ignore[arg-type]
        contexts.append(context)
        if name is not None:
            cookie = {"name": "sessionid", "value": scripted.sessions[name], "url": scripted.url}
            context.add_cookies([cookie])  # type: ignore[list-item]
        page = context.new_page()
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.on(
            "console",
            lambda message: (
                failures.append(message.text) if "Content Security Policy" in message.text else None
            ),
        )
        return page

    yield open_tab
    for context in contexts:
        context.close()
    assert failures == []


@pytest.mark.parametrize("words", [ENGLISH, CHINESE], ids=["english", "chinese"])
def test_from_the_assistant_to_a_person_and_back(
    scripted: ScriptedInstallation, enter: Enter, words: Words
) -> None:
    operator = enter("Ann", locale=words.locale)
    operator.goto(f"{scripted.url}/admin/inbox/")
    expect(operator.get_by_role("heading", name=words.inbox)).to_be_visible()

    visitor = enter(locale=words.locale)
    visitor.goto(f"{scripted.url}/widget/demo/")
    chat = Chat(visitor)
    chat.ask(words.question)
    chat.wait_for_end()
    chat.ask(words.wish)

    row = operator.locator(".inbox-row", has_text=words.wish)
    expect(row).to_be_visible()
    assert serious(operator) == []
    row.get_by_role("link").click()
    timeline = operator.locator("#inbox-timeline")
    expect(timeline).to_contain_text(words.question)
    expect(timeline).to_contain_text("Hello from the script.")
    operator.get_by_role("button", name=words.take_over, exact=True).click()
    send = operator.get_by_role("button", name=words.send, exact=True)
    expect(send).to_be_enabled()
    operator.locator("#inbox-text").fill(words.reply)
    send.click()
    expect(visitor.locator(".message", has_text=words.reply)).to_be_visible()
    expect(timeline).to_contain_text(words.reply)
    assert serious(operator) == []

    chat.ask(words.thanks)
    expect(timeline).to_contain_text(words.thanks)

    operator.locator("summary", has_text=words.hand_back).click()
    operator.get_by_label(words.hand_back_note).fill(words.note)
    operator.get_by_role("button", name=words.hand_back_now, exact=True).click()
    expect(send).to_be_disabled()
    chat.ask(words.last)
    chat.wait_for_end()
    expect(timeline.locator(".parley-by-assistant")).to_have_count(3)
    assert any(words.note in str(request) for request in scripted.model.requests)
    assert words.note not in visitor.locator("body").inner_text()


def ask_for_a_person(scripted: ScriptedInstallation, enter: Enter, question: str) -> Page:
    visitor = enter()
    visitor.goto(f"{scripted.url}/widget/demo/")
    chat = Chat(visitor)
    chat.ask(question)
    expect(chat.questions.last).to_have_attribute("data-status", "sent")
    return visitor


def open_conversation(scripted: ScriptedInstallation, page: Page, question: str) -> None:
    page.goto(f"{scripted.url}/admin/inbox/?tab=all")
    page.locator(".inbox-row", has_text=question).get_by_role("link").click()
    expect(page.locator("#inbox-timeline")).to_contain_text(question)


def test_two_operators_see_each_other_and_only_one_sends(
    scripted: ScriptedInstallation, enter: Enter
) -> None:
    question = "A human for two operators, please"
    ask_for_a_person(scripted, enter, question)
    ann, ben = enter("Ann"), enter("Ben")
    open_conversation(scripted, ann, question)
    open_conversation(scripted, ben, question)
    expect(ann.locator("[data-doing]")).to_have_text("Ben is here")
    expect(ben.locator("[data-doing]")).to_have_text("Ann is here")

    ann.get_by_role("button", name="Take over", exact=True).click()
    expect(ben.locator("#inbox-turn")).to_contain_text("Ann is answering.")
    expect(ben.get_by_role("button", name="Send", exact=True)).to_be_disabled()
    ann.locator("#inbox-text").press_sequentially("One mom")
    expect(ben.locator("[data-doing]")).to_have_text("Ann is typing…")

    ben.locator("summary", has_text="Take over from Ann").click()
    ben.get_by_role("button", name="Take over all the same").click()
    expect(ben.get_by_role("button", name="Send", exact=True)).to_be_enabled()
    expect(ann.get_by_role("button", name="Send", exact=True)).to_be_disabled()
    expect(ann.locator("#inbox-text")).to_have_value("One mom")


def test_an_operator_sees_answers_as_the_visitor_does(
    scripted: ScriptedInstallation, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = "A **list** of lamps?"
    monkeypatch.setattr(scripted.model, "pieces", ["Two:\n\n- **Heron** <b>\n", "- Morel\n\n```\nx = 1\n```"])
    visitor = enter()
    visitor.goto(f"{scripted.url}/widget/demo/")
    chat = Chat(visitor)
    chat.ask(question)
    chat.wait_for_end()
    page = enter("Ann")
    page.goto(f"{scripted.url}/admin/inbox/?tab=all")
    page.locator(".inbox-row", has_text="Heron").get_by_role("link").click()

    answer = page.locator(".parley-by-assistant").last
    expect(answer.locator("li")).to_have_text(["Heron <b>", "Morel"])
    expect(answer.locator("strong", has_text="Heron")).to_have_count(1)
    expect(answer.locator("pre code")).to_have_text("x = 1")
    expect(page.locator(".parley-by-visitor .parley-text").last).to_have_text(question)
    chat.ask(f"{question} Once more")
    chat.wait_for_end()
    expect(page.locator(".parley-by-assistant").last.locator("li")).to_have_text(["Heron <b>", "Morel"])
    assert serious(page) == []


def test_an_operator_needs_no_mouse(scripted: ScriptedInstallation, enter: Enter) -> None:
    question = "A human for the keyboard, please"
    visitor = ask_for_a_person(scripted, enter, question)
    page = enter("Ann")
    page.goto(f"{scripted.url}/admin/inbox/")
    expect(page.locator(".inbox-row", has_text=question)).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    assert serious(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#inbox-timeline")).to_contain_text(question)
    # It appears once the page listens to keys.
    expect(page.locator("[data-help]")).to_be_visible()
    page.keyboard.press("a")
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_enabled()
    page.keyboard.press("r")
    page.keyboard.type("/hel")
    expect(page.locator("#inbox-canned").get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("#inbox-text")).to_have_value("Hello, this is Ann of Maple & Moth.")
    page.keyboard.press("Control+Enter")
    expect(visitor.locator(".message", has_text="Hello, this is Ann")).to_be_visible()
    expect(page.locator("#inbox-text")).to_have_value("")
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.keyboard.type("Paid by card")
    page.get_by_role("button", name="Keep the note").click()
    expect(page.locator(".inbox-note")).to_contain_text("Paid by card")
    page.keyboard.press("e")
    expect(page.locator("#inbox-turn")).to_contain_text("This conversation is closed.")


def test_a_reply_survives_a_connection_that_breaks(scripted: ScriptedInstallation, enter: Enter) -> None:
    question = "A human for the broken line, please"
    visitor = ask_for_a_person(scripted, enter, question)
    page = enter("Ann")
    open_conversation(scripted, page, question)
    page.get_by_role("button", name="Take over", exact=True).click()
    send = page.get_by_role("button", name="Send", exact=True)
    expect(send).to_be_enabled()
    swallowed = []

    def lose_the_answer(route):
        """Let the first reply arrive, but not the word that it did."""
        if swallowed:
            route.continue_()
        else:
            swallowed.append(route.fetch())
            route.abort()

    page.route("**/reply/", lose_the_answer)
    page.locator("#inbox-text").fill("Said once")
    send.click()
    expect(page.locator("#inbox-reply-state")).to_contain_text("Your text is kept")
    expect(page.locator("#inbox-text")).to_have_value("")
    expect(visitor.locator(".message", has_text="Said once")).to_have_count(1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_has_room_for_it(scripted: ScriptedInstallation, enter: Enter, scheme: str) -> None:
    question = f"A human for a {scheme} phone, please"
    ask_for_a_person(scripted, enter, question)
    page = enter("Ann", viewport={"width": 360, "height": 740}, color_scheme=scheme)
    page.goto(f"{scripted.url}/admin/inbox/")
    expect(page.locator(".inbox-row", has_text=question)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert serious(page) == []
    page.locator(".inbox-row", has_text=question).get_by_role("link").click()
    expect(page.locator("#inbox-timeline")).to_contain_text(question)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert serious(page) == []


def test_everything_works_without_scripts(scripted: ScriptedInstallation, enter: Enter) -> None:
    question = "A human without scripts, please"
    visitor = ask_for_a_person(scripted, enter, question)
    expect(visitor.locator(".message", has_text=question)).to_be_visible()
    page = enter("Ann", java_script_enabled=False)
    page.goto(f"{scripted.url}/admin/inbox/?q=without+scripts&tab=all")
    page.locator(".inbox-row", has_text=question).get_by_role("link").click()
    page.get_by_role("button", name="Take over", exact=True).click()
    page.locator("#inbox-text").fill("Hello without scripts")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#inbox-timeline")).to_contain_text("Hello without scripts")
    page.get_by_label("Priority").select_option("High")
    page.get_by_role("button", name="Set", exact=True).click()
    expect(page.get_by_label("Priority")).to_have_value("3")
    expect(visitor.locator(".message", has_text="Hello without scripts")).to_be_visible()
