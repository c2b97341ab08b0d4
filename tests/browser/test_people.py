"""From the assistant to a person and back, as a visitor sees it, in English and Chinese."""

from playwright.sync_api import Browser, Page, expect

from tests.browser.chat import Chat
from tests.browser.installation import Installation
from tests.browser.test_accessibility import serious
from tests.processes import manage

STAFF = """
from accounts.models import User
from chatbot.conversations import closing, handover
from chatbot.conversations.models import Conversation
ada, _created = User.objects.get_or_create(username="operator", defaults={{"first_name": "Ada"}})
talk = Conversation.objects.get(public_id="{conversation}")
{act}
"""


def _staff(installation: Installation, page: Page, act: str) -> None:
    """Let the staff do something, elsewhere, and the chat look at once, as a tab does that comes back."""
    stored = page.evaluate("localStorage.getItem('parley.demo.conversation')")
    script = STAFF.format(conversation=stored.strip('"'), act=act)
    manage(installation.environment, "shell", "--verbosity=0", "-c", script)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_a_visitor_gets_to_a_person_and_rates_the_visit(installation: Installation, page: Page) -> None:
    # A bubble that still fades in has less contrast than it will have.
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{installation.url}/widget/demo/")
    chat = Chat(page)
    page.get_by_role("button", name="Talk to a person").click()
    wait = page.get_by_role("region", name="Waiting for a person")
    expect(wait).to_contain_text("Nobody of our team is here")
    chat.ask("My lamp broke.")
    expect(chat.answers).to_have_count(0)
    wait.get_by_label("E-mail address or telephone number").fill("not an address")
    page.keyboard.press("Enter")
    expect(page.locator("[data-part=problem]")).to_contain_text("Write an e-mail address")
    wait.get_by_label("E-mail address or telephone number").fill("ada@example.com")
    page.keyboard.press("Enter")
    expect(wait).to_contain_text("Thank you.")
    expect(page.locator("[data-part=problem]")).to_be_hidden()
    assert serious(page) == []

    _staff(installation, page, "handover.take_over(talk, ada); handover.reply(talk, ada, 'I am here.', 'r1')")
    expect(page.locator(".message--operator")).to_contain_text("I am here.")
    expect(page.locator(".message__name")).to_have_text("Ada")
    expect(page.locator("[data-part=about]")).to_have_text("Ada answers you")
    expect(wait).to_be_hidden()
    assert serious(page) == []

    _staff(installation, page, "closing.close(talk, by='operator')")
    expect(chat.field).to_be_hidden()
    page.get_by_role("radio", name="4").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("Quick.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Thank you for your rating.")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Thank you for your rating.")).to_be_visible()
    assert serious(page) == []


def test_both_tabs_of_a_visitor_agree(installation: Installation, page: Page) -> None:
    page.goto(f"{installation.url}/widget/demo/")
    page.get_by_role("button", name="Talk to a person").click()
    expect(page.locator("[data-part=wait]")).to_be_visible()
    tab = page.context.new_page()
    tab.goto(f"{installation.url}/widget/demo/")
    expect(tab.locator("[data-part=wait]")).to_be_visible()
    tab.get_by_role("button", name="Go on with the assistant").click()
    expect(page.locator("[data-part=wait]")).to_be_hidden()
    expect(tab.locator("[data-part=wait]")).to_be_hidden()


def test_a_chinese_visitor_reads_it_in_chinese(installation: Installation, browser: Browser) -> None:
    context = browser.new_context(locale="zh-CN")
    page = context.new_page()
    page.goto(f"{installation.url}/widget/demo/")
    Chat(page).ask("转人工")
    expect(page.locator("[data-part=wait]")).to_contain_text("目前没有客服在线")
    _staff(installation, page, "handover.take_over(talk, ada); handover.reply(talk, ada, '您好', 'r1')")
    expect(page.locator("[data-part=about]")).to_have_text("Ada 正在为您服务")
    _staff(installation, page, "handover.hand_back(talk, ada, '已答复'); closing.close(talk, by='operator')")
    page.get_by_role("radio", name="5").check(force=True)
    page.get_by_role("button", name="提交评分").click()
    expect(page.get_by_text("感谢您的评分。")).to_be_visible()
    context.close()
